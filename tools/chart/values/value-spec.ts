/** What an installation can choose, with what it is if it does not. Descriptions become comments and the schema's. */
export interface ValueSpec {
  /** `word` or `section.word` */
  readonly path: string;
  readonly description: string;
  readonly value: unknown;
  readonly schema: object;
}

export const text = { type: "string", minLength: 1 };
export const anyText = { type: "string" };
export const flag = { type: "boolean" };
export const count = { type: "integer", minimum: 1 };
export const word = (...words: readonly string[]) => ({ enum: words });
export const texts = { type: "array", items: { type: "string" } };
export const textMap = { type: "object", additionalProperties: { type: "string" } };
/** The API server knows what may be in them. */
export const objects = { type: "array", items: { type: "object" } };
export const object = { type: "object" };

const label = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
/** A namespace's name. Source: RFC 1123, label. */
export const namespaceName = { type: "string", pattern: `^${label}$`, maxLength: 63 };
/** Of a ConfigMap, a Secret or a PriorityClass; empty: none. Source: RFC 1123, subdomain. */
export const objectName = { type: "string", pattern: `^(${label}(\\.${label})*)?$`, maxLength: 253 };

const resourcesSchema = {
  type: "object",
  additionalProperties: false,
  properties: { requests: { type: "object" }, limits: { type: "object" } },
};

export const resources = (program: string, value: object): ValueSpec => ({
  path: `${program}.resources`,
  description: "what each may use",
  value,
  schema: resourcesSchema,
});

/** Where a program's pods run, and what they are told besides. */
export const placement = (
  program: string,
  { priorityClassName, tolerations }: { readonly priorityClassName: string; readonly tolerations: object[] },
): readonly ValueSpec[] => [
  {
    path: `${program}.priorityClassName`,
    description:
      "a cluster may allow the system's own only to namespaces with a ResourceQuota for them; empty: none",
    value: priorityClassName,
    schema: objectName,
  },
  {
    path: `${program}.nodeSelector`,
    description: "which nodes",
    value: { "kubernetes.io/os": "linux" },
    schema: textMap,
  },
  {
    path: `${program}.tolerations`,
    description: "which taints do not matter",
    value: tolerations,
    schema: objects,
  },
];

export const extras = (program: string, suchAs: string): readonly ValueSpec[] => [
  { path: `${program}.extraArgs`, description: `further flags${suchAs}`, value: [], schema: texts },
  {
    path: `${program}.extraEnv`,
    description: "further environment variables, as in a pod",
    value: [],
    schema: objects,
  },
];
