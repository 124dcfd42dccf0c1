import assert from "node:assert/strict";
import { copyFile, mkdir, readFile, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { after, before, describe, it } from "node:test";
import { countersign } from "../../peers/gateway.ts";
import { pushBusybox } from "../../peers/images.ts";
import { startNode, type TestNode } from "../../peers/node.ts";
import type { PushedImage } from "../../peers/pushed-image.ts";
import { cosignSign, type KeyPair, makeKeyPair } from "../../peers/signing.ts";
import { eventually } from "../api-server/client.ts";
import { type Cluster, nodeName, startCluster } from "../cluster.ts";
import { installWebhook, system } from "../installed-webhook.ts";
import { comparable, type Transcript, transcriptOf } from "../transcript.ts";

const root = resolve(import.meta.dirname, "../../..");
const guide = join(root, "docs/guide/from-policy-to-pod.md");

const namespace = "shop";
const here = `--namespace=${namespace}`;
const staticPod = `app-${nodeName}`;

/**
 * The whole of it at once, as `docs/guide/from-policy-to-pod.md` shows it: resources, controller, webhook, sync, gateway,
 * containerd, and a kubelet that runs a pod which it was told of by nobody but its own disk.
 */
describe("a policy that is applied to a cluster", () => {
  let cluster: Cluster<TestNode>;
  let transcript: Transcript;
  let image: PushedImage;
  const keys: { release?: KeyPair; reviewers?: KeyPair; retired?: KeyPair } = {};

  before(async () => {
    cluster = await startCluster(() => startNode("2.1", "as named", "sync"));
    const { node, kubectl } = cluster;
    const directory = join(node.directory, "guide");
    await mkdir(directory);
    transcript = transcriptOf(kubectl, directory);
    image = await pushBusybox(node.registry.host, "shop/app:v1");
    keys.release = node.key;
    for (const name of ["reviewers", "retired"] as const) keys[name] = await makeKeyPair(directory, name);
    for (const signer of [keys.release, keys.reviewers]) await cosignSign(image, signer as KeyPair);
    await kubectl("apply", "-f", join(root, "deploy/crds"));
    await kubectl("wait", "--for=condition=Established", "crds", "--all", "--timeout=30s");
    for (const name of [system, namespace]) await kubectl("create", "namespace", name);
    await kubectl("label", "namespace", namespace, "policy.sigstore.dev/include=true");
    await kubectl("wait", here, "--for=create", "serviceaccount/default", "--timeout=30s");
    await startCountersign();
  });
  after(() => cluster?.close());

  async function startCountersign(): Promise<void> {
    const { controlPlane, node } = cluster;
    const { kubeconfig, serve } = controlPlane;
    const { policy, policyDirectory, registriesD, registriesConf, knownNamespaces = "" } = node.trust;
    await serve([countersign, "controller", "--kubeconfig", kubeconfig]);
    await serve([
      ...([countersign, "sync", "--target", "gateway", "--node-name", nodeName] as const),
      ...["--kubeconfig", kubeconfig, "--state-dir", join(node.directory, "sync")],
      ...["--signature-policy", policy, "--adopt", policy, "--signature-policy-dir", policyDirectory],
      ...["--registries-d", registriesD, "--known-namespaces", knownNamespaces],
    ]);
    await installWebhook({ kubeconfig, serve, registriesConf, directory: node.directory });
  }

  const images = () => [{ glob: `${cluster.node.registry.host}/shop/**` }];
  const authority = async (name: keyof typeof keys) => ({
    name,
    key: { data: await readFile((keys[name] as KeyPair).publicKey, "utf8") },
  });

  const clusterPolicy = async () => ({
    apiVersion: "policy.sigstore.dev/v1beta1",
    kind: "ClusterImagePolicy",
    metadata: { name: "released" },
    spec: { images: images(), authorities: [await authority("release")] },
  });
  const namespacePolicy = async (signer: keyof typeof keys) => ({
    apiVersion: "policy.countersign.dev/v1alpha1",
    kind: "ImagePolicy",
    metadata: { name: "reviewed", namespace },
    spec: { images: images(), authorities: [await authority(signer)] },
  });
  const pod = () => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "app", namespace },
    spec: {
      // A token would be a mount that the runtime, in a room of its own, does not see.
      ...{ automountServiceAccountToken: false, terminationGracePeriodSeconds: 0, dnsPolicy: "Default" },
      containers: [{ name: "app", image: image.reference }],
    },
  });

  const applied = async (kind: string, name: string) => {
    const { kubectl } = cluster;
    const resource = [`${kind}/${name}`, ...(kind.startsWith("imagepolicy") ? [here] : [])];
    // The condition may still be of the edition before.
    await eventually(60_000, async () => {
      const found = JSON.parse(await kubectl("get", ...resource, "--output=json"));
      return found.status?.observedGeneration === found.metadata.generation;
    });
    await kubectl("wait", ...resource, "--for=condition=Applied", "--timeout=60s");
  };

  it("keeps a pod out at apply and on the node, until it says what it should", async () => {
    const { kubectl, kubelet, node } = cluster;
    await transcript.file("released.yaml", await clusterPolicy());
    await transcript.file("reviewed.yaml", await namespacePolicy("retired"));
    await transcript.file("app.yaml", pod());
    await transcript.kubectl("apply", "-f", "released.yaml", "-f", "reviewed.yaml");
    await applied("clusterimagepolicy", "released");
    await applied("imagepolicy.policy.countersign.dev", "reviewed");
    await transcript.kubectl("get", "clusterimagepolicies");
    await transcript.kubectl("get", "imagepolicies", here);

    await transcript.refused("apply", "-f", "app.yaml");

    transcript.step("node# cp app.yaml /etc/kubernetes/manifests/");
    const manifest = join(kubelet.staticPods, "app.yaml");
    await copyFile(join(node.directory, "guide", "app.yaml"), manifest);
    const waiting = "jsonpath={.status.containerStatuses[0].state.waiting";
    await kubectl("wait", here, `pod/${staticPod}`, "--for=create", "--timeout=60s");
    const reason = `--for=${waiting}.reason}=SignatureValidationFailed`;
    await kubectl("wait", here, `pod/${staticPod}`, reason, "--timeout=60s");
    await transcript.kubectl("get", "pods", here);
    await transcript.kubectl("get", "pod", staticPod, here, "-o", `${waiting}.message}`);

    await transcript.file("reviewed.yaml", await namespacePolicy("reviewers"));
    await transcript.kubectl("apply", "-f", "reviewed.yaml");
    await kubectl("wait", here, `pod/${staticPod}`, "--for=condition=Ready", "--timeout=90s");
    await applied("imagepolicy.policy.countersign.dev", "reviewed");
    await transcript.kubectl("apply", "-f", "app.yaml");
    await kubectl("wait", here, "pod/app", "--for=condition=Ready", "--timeout=60s");
    await transcript.kubectl("get", "pods", here);
    await rm(manifest);
  });

  it("did so as the guide shows it", async () => {
    const blocks = [...(await readFile(guide, "utf8")).matchAll(/^```console\n(.*?)^```$/gms)];
    const shown = blocks.map(([, block = ""]) => block.trim()).join("\n");
    // What differs is shown as it would be pasted into the guide.
    assert.equal(comparable(shown), comparable(transcript.text()), transcript.text());
  });
});
