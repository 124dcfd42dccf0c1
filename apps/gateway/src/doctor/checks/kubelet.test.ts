import { kubeletConfig, kubeletWith, tellsOf } from "../../testing/changed-node.ts";
import { containerdEndpoint, gatewayEndpoint } from "../../testing/planted-node.ts";

tellsOf([
  [
    "a kubelet whose configuration names the runtime",
    { tree: { [kubeletConfig]: `containerRuntimeEndpoint: ${containerdEndpoint}\n` } },
    "problem kubelet-endpoint",
    /config\.yaml: the kubelet's runtime is unix:\/\/\/run\/containerd\/containerd\.sock\.$/,
  ],
  [
    "the same by the old name of its directory",
    {
      tree: {
        [kubeletConfig]: "containerRuntimeEndpoint: unix:///var/run/containerd/containerd.sock\n",
        "/var/run": { link: "/run" },
      },
    },
    "problem kubelet-endpoint",
    /var\/run\/containerd/,
  ],
  [
    "the same through a link that looks like something else",
    {
      tree: {
        [kubeletConfig]: "containerRuntimeEndpoint: unix:///run/countersign/safe.sock\n",
        "/run/countersign/safe.sock": { link: "../containerd/containerd.sock" },
      },
    },
    "problem kubelet-endpoint",
    /safe\.sock/,
  ],
  [
    "a kubelet that is told by JSON",
    { tree: { [kubeletConfig]: `{"containerRuntimeEndpoint": "${containerdEndpoint}"}` } },
    "problem kubelet-endpoint",
    /run\/containerd/,
  ],
  [
    "a flag that overrules the configuration",
    kubeletWith(`--container-runtime-endpoint=${containerdEndpoint}`),
    "problem kubelet-endpoint",
    /^process 900: the kubelet's runtime is/,
  ],
  [
    "a flag that is told in two words",
    kubeletWith("--container-runtime-endpoint", containerdEndpoint),
    "problem kubelet-endpoint",
    /^process 900/,
  ],
  [
    "a flag behind one that has no value",
    kubeletWith("--cgroups-per-qos", "--container-runtime-endpoint", containerdEndpoint),
    "problem kubelet-endpoint",
    /^process 900/,
  ],
  [
    "images that are pulled past the gateway",
    kubeletWith("--image-service-endpoint", containerdEndpoint),
    "problem kubelet-endpoint",
    /kubelet's image service is/,
  ],
  [
    "a kubelet that is told nothing, and so takes containerd",
    { tree: { [kubeletConfig]: "kind: KubeletConfiguration\n" } },
    "problem kubelet-endpoint",
    /own default/,
  ],
  [
    "a drop-in that overrules the configuration",
    {
      tree: {
        ...kubeletWith("--config-dir=/etc/kubelet.d").tree,
        "/etc/kubelet.d/10-a.conf": `containerRuntimeEndpoint: ${gatewayEndpoint}\n`,
        "/etc/kubelet.d/20-b.conf": `containerRuntimeEndpoint: ${containerdEndpoint}\n`,
        "/etc/kubelet.d/30-c.conf.bak": `containerRuntimeEndpoint: ${gatewayEndpoint}\n`,
      },
    },
    "problem kubelet-endpoint",
    /20-b\.conf/,
  ],
  [
    "flags of kubeadm that count from the next start",
    {
      tree: {
        "/var/lib/kubelet/kubeadm-flags.env": `KUBELET_KUBEADM_ARGS="--container-runtime-endpoint=${containerdEndpoint} --x=y"\n`,
      },
    },
    "problem kubelet-endpoint",
    /kubeadm-flags\.env: .* at the next start\.$/,
  ],
  [
    "an instance configuration that kubeadm will put back",
    {
      tree: { "/var/lib/kubelet/instance-config.yaml": `containerRuntimeEndpoint: ${containerdEndpoint}\n` },
    },
    "warning kubelet-endpoint",
    /instance-config\.yaml: .* at the next kubeadm upgrade\.$/,
  ],
  [
    "a kubelet on a runtime that nobody knows",
    { tree: { [kubeletConfig]: "containerRuntimeEndpoint: unix:///run/other.sock\n" } },
    "warning kubelet-endpoint",
    /run\/other\.sock/,
  ],
  [
    "a kubelet's configuration that is no YAML",
    { tree: { [kubeletConfig]: "a: [\nsecret: hunter2" } },
    "unknown kubelet-endpoint",
    /config\.yaml: is not YAML that can be read here/,
  ],
  [
    "a kubelet's configuration that may not be read",
    { tree: { [kubeletConfig]: { barred: true } } },
    "unknown kubelet-endpoint",
    /config\.yaml: permission denied/,
  ],
  [
    "a kubelet's configuration larger than any",
    { tree: { [kubeletConfig]: "#".repeat(1024 * 1024 + 1) } },
    "unknown kubelet-endpoint",
    /maximum allowed size/,
  ],
  [
    "no kubelet at all",
    { tree: { "/proc/900": undefined, [kubeletConfig]: undefined } },
    "unknown kubelet-endpoint",
    /^No kubelet is seen/,
  ],
  [
    "a kubelet that does not name images",
    { kubeletVersion: "Kubernetes v1.27.16" },
    "problem kubelet-version",
    /v1\.27\.16/,
  ],
  [
    "a kubelet that cannot be asked",
    { kubeletVersion: undefined },
    "unknown kubelet-version",
    /is not known/,
  ],
]);
