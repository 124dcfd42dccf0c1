/** What an installation can choose, with what it is if it does not. Descriptions become comments and the schema's. */
export interface ValueSpec {
  readonly path: string;
  readonly description: string;
  readonly value: unknown;
  readonly schema: object;
}

const text = { type: "string", minLength: 1 };
const count = { type: "integer", minimum: 1 };
const word = (...words: readonly string[]) => ({ enum: words });
const texts = { type: "array", items: { type: "string" } };
const name = { type: "string", pattern: "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$" };
const resources = {
  type: "object",
  additionalProperties: false,
  properties: { requests: { type: "object" }, limits: { type: "object" } },
};

export const valueSpecs: readonly ValueSpec[] = [
  {
    path: "image",
    description: "the image of all programs, with a digest if you can: its entry is the command countersign",
    value: "registry.example/countersign:0.1.0",
    schema: text,
  },
  {
    path: "unmatched",
    description: "what becomes of an image that no ClusterImagePolicy matches: deny, warn, allow",
    value: "deny",
    schema: word("deny", "warn", "allow"),
  },
  { path: "controller.replicas", description: "one leads, the others wait", value: 2, schema: count },
  {
    path: "controller.resources",
    description: "what each may use",
    value: { requests: { cpu: "50m", memory: "128Mi" }, limits: { memory: "512Mi" } },
    schema: resources,
  },
  { path: "controller.extraArgs", description: "further flags", value: [], schema: texts },
  {
    path: "webhook.enabled",
    description: "whether there is an answer at apply; nodes enforce without it too",
    value: true,
    schema: { type: "boolean" },
  },
  { path: "webhook.replicas", description: "all of them answer", value: 2, schema: count },
  {
    path: "webhook.mode",
    description: "warn: let everything in, and say what would have been refused",
    value: "deny",
    schema: word("deny", "warn"),
  },
  {
    path: "webhook.lockout",
    description: "what becomes of a policy that would refuse what kube-system runs: warn, deny",
    value: "warn",
    schema: word("deny", "warn"),
  },
  {
    path: "webhook.timeoutSeconds",
    description: "how long API servers wait; a review is answered before",
    value: 25,
    schema: { type: "integer", minimum: 2, maximum: 30 },
  },
  {
    path: "webhook.pinTags",
    description: "whether the digest is written behind the tag of each image of a pod",
    value: false,
    schema: { type: "boolean" },
  },
  {
    path: "webhook.pullSecretNamespaces",
    description:
      "namespaces whose Secrets and service accounts the webhook may read, to fetch private images",
    value: [],
    schema: { type: "array", items: name },
  },
  {
    path: "webhook.resources",
    description: "what each may use",
    value: { requests: { cpu: "100m", memory: "192Mi" }, limits: { memory: "768Mi" } },
    schema: resources,
  },
  { path: "webhook.extraArgs", description: "further flags", value: [], schema: texts },
  {
    path: "sync.target",
    description: "who enforces on nodes: gateway, crio",
    value: "gateway",
    schema: word("gateway", "crio"),
  },
  {
    path: "sync.policyDirectory",
    description: "the directory of NAMESPACE.json on nodes; /etc/crio/policies for crio",
    value: "/etc/countersign/policies",
    schema: { type: "string", pattern: "^/[^\\n]+$" },
  },
  {
    path: "sync.nodeSelector",
    description: "which nodes",
    value: { "kubernetes.io/os": "linux" },
    schema: { type: "object", additionalProperties: { type: "string" } },
  },
  {
    path: "sync.resources",
    description: "what each may use",
    value: { requests: { cpu: "10m", memory: "64Mi" }, limits: { memory: "256Mi" } },
    schema: resources,
  },
  { path: "sync.extraArgs", description: "further flags, such as --adopt", value: [], schema: texts },
];
