import type { Materials } from "./materials.ts";

/**
 * What a policy of one namespace may refer to. Its author has no rights in the system's namespace, to a KMS, or to what
 * the controller reaches: he is told no more of a Secret there than that it is of no use, and nobody is asked on his behalf,
 * who could be made to wait, or to knock at doors of his choice.
 */
export function namespaceMaterials(materials: Materials): Materials {
  return {
    namespace: materials.namespace,
    publicRoot: materials.publicRoot,
    trustRoot: materials.trustRoot,
    key(reference) {
      if (reference.type === "kms") {
        return missing("a policy of a namespace cannot have a KMS asked; give the public key as data");
      }
      const found = materials.key(reference);
      if (found.type === "found") return found;
      return missing(`the Secret ${reference.name} is not one with a public key for policies`);
    },
    policyText(source) {
      if (source.type === "remote") {
        return missing("a policy of a namespace cannot have anything fetched; give the text as data");
      }
      return materials.policyText(source);
    },
  };
}

function missing(why: string): { readonly type: "missing"; readonly why: string } {
  return { type: "missing", why };
}
