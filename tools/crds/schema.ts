/** A structural schema as a CustomResourceDefinition has it. Source: kubernetes.io, apiextensions.k8s.io/v1 JSONSchemaProps. */
export interface Schema {
  readonly type: "object" | "array" | "string" | "boolean" | "integer";
  readonly description?: string;
  readonly format?: "byte" | "date-time" | "int64" | "int32";
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema;
  readonly maxProperties?: number;
  readonly "x-kubernetes-list-type"?: "map" | "atomic";
  readonly "x-kubernetes-list-map-keys"?: readonly string[];
  readonly "x-kubernetes-map-type"?: "atomic";
  readonly "x-kubernetes-validations"?: readonly Rule[];
}

/** A rule in CEL over `self`, and what is said where it is false. */
export interface Rule {
  readonly rule: string;
  readonly message: string;
}

type Limits = Omit<Schema, "type" | "description" | "items" | "properties" | "x-kubernetes-validations">;

/**
 * Whatever a rule looks at needs a bound: an API server refuses a definition whose rules could cost too much.
 * @param maxLength in characters
 */
export function text(description: string, maxLength: number, limits: Limits = {}): Schema {
  return { type: "string", description, maxLength, ...limits };
}

export function words(description: string, ...enumerated: readonly string[]): Schema {
  return { type: "string", description, enum: enumerated };
}

export function flag(description: string): Schema {
  return { type: "boolean", description };
}

export function list(description: string, maxItems: number, items: Schema, limits: Limits = {}): Schema {
  return { type: "array", description, maxItems, ...limits, items };
}

export function object(
  description: string,
  properties: Readonly<Record<string, Schema>>,
  {
    required = [],
    rules = [],
  }: { readonly required?: readonly string[]; readonly rules?: readonly Rule[] } = {},
): Schema {
  return {
    type: "object",
    description,
    ...(required.length > 0 && { required }),
    properties,
    ...(rules.length > 0 && { "x-kubernetes-validations": rules }),
  };
}

/** Exactly one of some members; `""` is as good as nothing for those that are texts. */
export function exactlyOne(texts: readonly string[], others: readonly string[] = []): Rule {
  const given = [
    ...texts.map((name) => `(has(self.${name}) && self.${name} != '' ? 1 : 0)`),
    ...others.map((name) => `(has(self.${name}) ? 1 : 0)`),
  ];
  const names = [...texts, ...others].map((name) => name.replaceAll("__dash__", "-"));
  return { rule: `${given.join(" + ")} == 1`, message: `exactly one of ${names.join(", ")} is expected` };
}
