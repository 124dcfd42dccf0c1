import { defaultValues } from "../chart/chart-values.ts";

/** Something that an installation chooses: what a values file says of it, and where it is installed as what. */
export interface Choice {
  readonly what: string;
  readonly values: Readonly<Record<string, unknown>>;
  readonly namespace?: string;
  readonly release?: string;
}

const digest = `sha256:${"0123456789abcdef".repeat(4)}`;
const toleration = {
  key: "dedicated",
  operator: "Equal",
  value: "0123",
  effect: "NoSchedule",
};

/** Every choice of values.yaml is made otherwise in one of them at least; tools/chart.test.ts sees to it. */
export const choices: readonly Choice[] = [
  { what: "nothing", values: {} },
  { what: "another namespace", values: {}, namespace: "image-policy" },
  {
    what: "the longest names that Helm and Kubernetes have",
    values: {},
    namespace: "n".repeat(63),
    release: `r${"-0".repeat(26)}`,
  },
  { what: "a namespace that YAML would read as a number", values: {}, namespace: "1e3" },
  {
    what: "an image by digest, from a private registry",
    values: {
      image: `registry.internal:5000/team/countersign@${digest}`,
      imagePullSecrets: [{ name: "pull" }, { name: "pull.too" }],
    },
  },
  // `example` is somebody's at Docker Hub
  {
    what: "an image whose name is like a placeholder",
    values: { image: "example/your-registry:example.com" },
  },
  {
    what: "to watch first",
    values: { unmatched: "warn", webhook: { mode: "warn", lockout: "deny", timeoutSeconds: 10 } },
  },
  {
    what: "no webhook, though all of it is asked for",
    values: { webhook: { enabled: false, pinTags: true, pullSecretNamespaces: ["shop"], registriesD: "d" } },
  },
  {
    what: "tags pinned, secrets read",
    values: { webhook: { pinTags: true, pullSecretNamespaces: ["shop", "1e3"] } },
  },
  { what: "one of each", values: { controller: { replicas: 1 }, webhook: { replicas: 1 } } },
  {
    what: "CRI-O on nodes with SELinux",
    values: {
      sync: {
        target: "crio",
        policyDirectory: "/etc/crio/policies",
        seLinuxOptions: { type: "spc_t" },
        extraArgs: ["--adopt", "/etc/containers/policy.json"],
      },
    },
  },
  {
    what: "registries behind a proxy, with their own CAs, mirrors and signatures' places",
    values: {
      proxy: {
        http: "http://proxy:3128",
        https: "http://user:p%40ss@proxy:3128",
        except: ".svc,10.0.0.0/8,[::1]",
      },
      publicTrustedRoot: "public-root",
      controller: { authorities: "company-cas", extraArgs: ["--fetch-remote-policies"] },
      webhook: {
        authorities: "company-cas",
        registriesConf: "mirrors",
        registriesD: "signatures.v1",
        credentials: "mirror-login",
      },
    },
  },
  {
    what: "nodes of their own",
    values: {
      controller: {
        nodeSelector: { "node-role.kubernetes.io/infra": "" },
        tolerations: [toleration],
        priorityClassName: "",
      },
      webhook: { nodeSelector: { infra: "true" }, tolerations: [toleration], priorityClassName: "own.class" },
      sync: { nodeSelector: { pool: "1" }, tolerations: [], priorityClassName: "own", maxUnavailable: 3 },
    },
  },
  {
    what: "thousands of nodes",
    values: {
      controller: { resources: { requests: { cpu: "2", memory: "1Gi" }, limits: { cpu: 4, memory: "4Gi" } } },
      webhook: {
        replicas: 12,
        resources: { limits: { memory: "2Gi" } },
        affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [apart("webhook")] } },
      },
      sync: { resources: { requests: { memory: "32Mi" } }, maxUnavailable: "2%" },
    },
  },
  {
    what: "a mesh, a monitor and words that want quoting",
    values: {
      podAnnotations: {
        "sidecar.istio.io/inject": "false",
        note: "a: b # \"c\" 'd' \\ {{ .Values }} ü <&>\n\ttwo",
      },
      podMonitor: { enabled: true, labels: { release: "prometheus", version: "2" } },
      controller: {
        extraArgs: [
          "--kms-command",
          "/usr/local/bin/export key",
          "--log-level=debug",
          "- dash",
          "*star",
          "yes",
          "",
        ],
        extraEnv: [{ name: "REGION", valueFrom: { configMapKeyRef: { name: "cloud", key: "region" } } }],
        affinity: { nodeAffinity: {} },
      },
      webhook: { extraArgs: ["--fetch-remote-policies"], extraEnv: [{ name: "TZ", value: "0123" }] },
      sync: { extraEnv: [{ name: "LOG", value: "null" }] },
    },
  },
  {
    what: "API servers elsewhere, and a controller that goes further",
    values: {
      networkPolicy: {
        apiServerPorts: [{ port: 16443 }],
        controllerEgress: [{ to: [{ ipBlock: { cidr: "192.0.2.0/24" } }], ports: [{ port: 3128 }] }],
      },
      webhook: { hostNetwork: true, port: 10250 },
    },
  },
  {
    what: "neither network policies nor flow control",
    values: { networkPolicy: { enabled: false }, flowControl: { enabled: false } },
  },
];

function apart(program: string): object {
  return {
    topologyKey: "kubernetes.io/hostname",
    labelSelector: { matchLabels: { "app.kubernetes.io/name": `countersign-${program}` } },
  };
}

/** What no installation may choose, with where Helm and we say that it is wrong. */
export const refusedChoices: ReadonlyArray<readonly [why: string, values: object, at: string]> = [
  ["a word that is none", { unmatched: "ignore" }, "/unmatched"],
  ["what is not known", { typo: 1 }, ""],
  ["what is not known of a program", { webhook: { replica: 1 } }, "/webhook"],
  ["no replica", { webhook: { replicas: 0 } }, "/webhook/replicas"],
  ["a time that no API server waits", { webhook: { timeoutSeconds: 60 } }, "/webhook/timeoutSeconds"],
  [
    "a namespace that is none",
    { webhook: { pullSecretNamespaces: ["../a"] } },
    "/webhook/pullSecretNamespaces/0",
  ],
  ["a port that only root may have", { webhook: { port: 443 } }, "/webhook/port"],
  ["the port that has the metrics", { webhook: { port: 9466 } }, "/webhook/port"],
  ["a ConfigMap of no possible name", { webhook: { registriesD: "A b" } }, "/webhook/registriesD"],
  [
    "a directory that depends on where one is",
    { sync: { policyDirectory: "relative" } },
    "/sync/policyDirectory",
  ],
  ["nodes all of which may be away", { sync: { maxUnavailable: 0 } }, "/sync/maxUnavailable"],
  ["a pull secret without a name", { imagePullSecrets: [{}] }, "/imagePullSecrets/0"],
  ["a list of images", { image: ["countersign"] }, "/image"],
];

/** What no schema refuses, with what is said of it. */
export const refusedByTemplates: readonly (readonly [why: string, values: object, says: RegExp])[] = [
  ["no image", { image: "" }, /image is not given: .* --set image=/],
  ...[
    "registry.example/countersign:0.1.0",
    "registry.example:5000/countersign:0.1.0",
    "registry.example.com/countersign:0.1.0",
    "REGISTRY/countersign@sha256:0123",
    "YOUR-REGISTRY/countersign:0.1.0",
    `YOUR-REGISTRY/countersign@${digest}`,
    "ghcr.io/team/countersign@sha256:…",
    "ghcr.io/team/countersign@sha256:...",
    "ghcr.io/team/countersign@sha256:DIGEST",
  ].map((image) => [image, { image }, /image is the placeholder .* --set image=/] as const),
  ...["/etc/countersign/policies", "/etc/countersign/policies/"].map(
    (policyDirectory) =>
      [
        `CRI-O's policies in ${policyDirectory}`,
        { sync: { target: "crio", policyDirectory } },
        /sync\.target is crio, .* --set sync\.policyDirectory=\/etc\/crio\/policies/,
      ] as const,
  ),
];

/** Of installations whose image does not matter. */
export const someImage = { image: "registry.internal/countersign:0.1.0" };

/** What is chosen over what is there, an image among it, as Helm merges them: objects by member, all else as a whole. */
export function valuesWith(chosen: object): Readonly<Record<string, unknown>> {
  return merged({ ...defaultValues(), ...someImage }, chosen);
}

function merged(below: object, above: object): Readonly<Record<string, unknown>> {
  const result: Record<string, unknown> = { ...below };
  for (const [name, value] of Object.entries(above)) {
    const before = result[name];
    result[name] = isObject(before) && isObject(value) ? merged(before, value) : value;
  }
  return result;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
