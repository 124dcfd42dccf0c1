import type { JsonDocument } from "../../values/json-document.ts";
import type { SigstoreTrust, TrustSource } from "../policy.ts";
import { authorityFields } from "./authority-fields.ts";
import { placedAuthorities } from "./placed-authorities.ts";
import type { PlacedRequirement } from "./requirement-lists.ts";
import type { TrustField, TrustRole } from "./trust-field.ts";

/** One file or inline text that a requirement trusts. */
export interface TrustInput {
  /** where the policy names it: `default[0].fulcio.caPath` */
  readonly path: string;
  readonly role: TrustRole;
  readonly content:
    | { readonly type: "file"; readonly file: string }
    | { readonly type: "inline"; readonly bytes: Uint8Array };
}

/** Every input of a requirement, in the order in which it names them. */
export function trustInputs(placed: PlacedRequirement, document: JsonDocument): readonly TrustInput[] {
  const fields = [
    ...trustFields(placed.path, placed.requirement),
    ...placedAuthorities(placed).flatMap(authorityFields),
  ];
  return fields.flatMap((field) => inputsOf(field, document));
}

function trustFields(path: string, requirement: PlacedRequirement["requirement"]): readonly TrustField[] {
  switch (requirement.type) {
    case "signedBy":
      return [{ start: `${path}.key`, role: "openPgpKey", source: requirement.keys }];
    case "sigstoreSigned":
      return sigstoreFields(path, requirement.trust);
    default:
      return [];
  }
}

function sigstoreFields(path: string, trust: SigstoreTrust): readonly TrustField[] {
  const rekor = (source: TrustSource | undefined) =>
    ({ start: `${path}.rekorPublicKey`, role: "rekorKey", source }) as const;
  switch (trust.type) {
    case "keys":
      return [{ start: `${path}.key`, role: "publicKey", source: trust.keys }, rekor(trust.rekor)];
    case "fulcio":
      return [
        { start: `${path}.fulcio.ca`, role: "fulcioRoots", source: trust.fulcio.ca },
        rekor(trust.rekor),
      ];
    case "pki":
      return [
        { start: `${path}.pki.caRoots`, role: "pkiRoots", source: trust.pki.roots },
        { start: `${path}.pki.caIntermediates`, role: "pkiIntermediates", source: trust.pki.intermediates },
      ];
  }
}

function inputsOf({ start, role, source }: TrustField, document: JsonDocument): readonly TrustInput[] {
  if (source === undefined) return [];
  const end = source.type === "files" ? "Path" : "Data";
  const one = start + (start.endsWith(".") ? end.toLowerCase() : end);
  const isList = document.find(`${one}s`)?.kind === "array";
  const pathOf = (index: number) => (isList ? `${one}s[${index}]` : one);
  if (source.type === "files") {
    return source.paths.map((file, index) => ({
      path: pathOf(index),
      role,
      content: { type: "file", file },
    }));
  }
  return source.data.map((bytes, index) => ({
    path: pathOf(index),
    role,
    content: { type: "inline", bytes },
  }));
}
