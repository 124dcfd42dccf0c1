/**
 * JSON as it was written: members keep their order and their duplicates, numbers their digits. A member's name is
 * never used as a property name, so `__proto__` is a name like any other.
 */
export type Json = JsonScalar | JsonArray | JsonObject;

export type JsonScalar =
  | { readonly kind: "null" }
  | { readonly kind: "boolean"; readonly value: boolean }
  | { readonly kind: "number"; readonly text: string }
  | { readonly kind: "string"; readonly value: string };

export interface JsonArray {
  readonly kind: "array";
  readonly items: readonly Json[];
}

export interface JsonObject {
  readonly kind: "object";
  readonly members: readonly JsonMember[];
}

export type JsonMember = readonly [name: string, value: Json];
