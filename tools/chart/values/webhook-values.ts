import {
  count,
  extras,
  flag,
  namespaceName,
  object,
  objectName,
  placement,
  resources,
  type ValueSpec,
  word,
} from "./value-spec.ts";

/** What it is told of registries: objects in the namespace of the installation. */
const registries: readonly ValueSpec[] = [
  {
    path: "webhook.credentials",
    description:
      "a Secret of type kubernetes.io/dockerconfigjson, for images whose pods bring no pull secret",
    value: "",
    schema: objectName,
  },
  {
    path: "webhook.authorities",
    description: "a ConfigMap with CA certificates (PEM) of registries and proxies, besides the image's own",
    value: "",
    schema: objectName,
  },
  {
    path: "webhook.registriesConf",
    description: "a ConfigMap with registries.conf: mirrors, blocked and insecure registries",
    value: "",
    schema: objectName,
  },
  {
    path: "webhook.registriesD",
    description: "a ConfigMap whose *.yaml are those of registries.d: where signatures are",
    value: "",
    schema: objectName,
  },
  {
    path: "webhook.pullSecretNamespaces",
    description:
      "namespaces whose Secrets and service accounts the webhook may read, to fetch private images",
    value: [],
    schema: { type: "array", items: namespaceName, uniqueItems: true },
  },
];

export const webhookValues: readonly ValueSpec[] = [
  {
    path: "webhook.enabled",
    description: "whether there is an answer at apply; nodes enforce without it too",
    value: true,
    schema: flag,
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
    schema: flag,
  },
  ...registries,
  {
    path: "webhook.port",
    description:
      "where it listens, behind its Service: another one where API servers reach only some ports, or a node's is taken",
    value: 8443,
    schema: { type: "integer", minimum: 1024, maximum: 65535, not: { const: 9466 } },
  },
  {
    path: "webhook.hostNetwork",
    description:
      "only where API servers do not reach pods, as in EKS with another network than Amazon's: at webhook.port of nodes",
    value: false,
    schema: flag,
  },
  resources("webhook", { requests: { cpu: "100m", memory: "192Mi" }, limits: { memory: "768Mi" } }),
  ...placement("webhook", { priorityClassName: "system-cluster-critical", tolerations: [] }),
  { path: "webhook.affinity", description: "as in a pod", value: {}, schema: object },
  ...extras("webhook", ""),
];
