import { list, object, type Schema, text, words } from "./schema.ts";

const generation: Schema = {
  type: "integer",
  format: "int64",
  description: "The generation of the resource that this is about.",
  minimum: 0,
};

/** Source: k8s.io/apimachinery meta/v1 Condition; upstream's knative conditions have a severity besides, and fewer members. */
const condition = object(
  "One thing that is so, or is not.",
  {
    type: text("What it is about: Ready, or how it is enforced somewhere.", 316, { minLength: 1 }),
    status: words("Whether it is so.", "True", "False", "Unknown"),
    reason: text("Why, in one word.", 1024),
    message: text("Why, for people.", 32_768),
    severity: text("Written by others; not looked at.", 64),
    observedGeneration: generation,
    lastTransitionTime: { type: "string", format: "date-time", description: "Since when." },
  },
  { required: ["type", "status"] },
);

const count = (description: string): Schema => ({
  type: "integer",
  format: "int32",
  description,
  minimum: 0,
});

const conditions: Schema = {
  type: "array",
  description: "What is so at present, one for each type.",
  maxItems: 64,
  items: condition,
  "x-kubernetes-list-type": "map",
  "x-kubernetes-list-map-keys": ["type"],
};

const common = {
  observedGeneration: generation,
  conditions,
  annotations: {
    type: "object",
    description: "Written by others; not looked at.",
    maxProperties: 64,
    additionalProperties: text("A value.", 4096),
  },
} as const;

export const trustRootStatus = object("What became of it.", common);

const shortcoming = object(
  "Something that is not enforced as it is written. It is never made up for by letting more in.",
  {
    enforcementPoint: words("Where.", "Gateway", "CRIO"),
    path: text("Of what in the resource; empty for the whole of it.", 1024),
    effect: words("What comes of it.", "refuses", "stricter", "ignored"),
    message: text("Why, for people.", 4096),
  },
  { required: ["enforcementPoint", "path", "effect", "message"] },
);

/** Of policies, which nodes apply. Written by apps/cluster/src/controller/policy-status.ts. */
export const policyStatus = object("What became of it.", {
  ...common,
  generationInForce: { ...generation, description: "The generation of the resource that is in force." },
  publication: { ...generation, description: "The publication by which nodes have it." },
  nodes: object("How many nodes have it.", {
    reporting: count("Nodes that report what they have applied."),
    applied: count("Those of them that apply the policy as it is in force."),
  }),
  shortcomings: list("What is not enforced as it is written, and where.", 64, shortcoming, {
    "x-kubernetes-list-type": "atomic",
  }),
});
