import { extras, object, placement, resources, type ValueSpec, word } from "./value-spec.ts";

export const syncValues: readonly ValueSpec[] = [
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
    path: "sync.maxUnavailable",
    description: "how many nodes are upgraded at the same time, or which part of them",
    value: "10%",
    schema: {
      anyOf: [
        { type: "integer", minimum: 1 },
        { type: "string", pattern: "^([1-9][0-9]?|100)%$" },
      ],
    },
  },
  {
    path: "sync.seLinuxOptions",
    description: 'where SELinux keeps pods from files of the node: {"type": "spc_t"}',
    value: {},
    schema: object,
  },
  resources("sync", { requests: { cpu: "10m", memory: "96Mi" }, limits: { memory: "256Mi" } }),
  // a node without its policies starts no pods: this one comes first, whatever the node is tainted with
  ...placement("sync", { priorityClassName: "system-node-critical", tolerations: [{ operator: "Exists" }] }),
  ...extras("sync", ", such as --adopt"),
];
