import { acceptAnything, policyFor } from "../../peers/trust-files.ts";
import type { Content, Signer, WorldImage } from "./images.ts";

/** What a policy file can say here, and what can be wrong with it. */
export type PolicyKind =
  /** images below `signed/` need the release's signature, all others none */
  | "signed by release"
  /** the same with the intruder's */
  | "signed by intruder"
  /** every image needs the release's */
  | "all signed"
  | "accept anything"
  | "reject everything"
  /** a file that nobody can parse */
  | "broken"
  /** no such file */
  | "absent";

/** Whether an image of this content may run under its name by such a policy. Nothing may by one that is not there. */
export function allows(
  kind: PolicyKind,
  { group }: WorldImage,
  { signers }: Pick<Content, "signers">,
): boolean {
  switch (kind) {
    case "signed by release":
      return group === "open" || signers.has("release");
    case "signed by intruder":
      return group === "open" || signers.has("intruder");
    case "all signed":
      return signers.has("release");
    case "accept anything":
      return true;
    case "reject everything":
    case "broken":
    case "absent":
      return false;
  }
}

/** Whether a policy of this kind is decided by signatures of this image, so that evidence of it is gathered and kept. */
export function looksAtSignatures(kind: PolicyKind, { group }: WorldImage): boolean {
  return kind === "all signed" || (group === "signed" && kind.startsWith("signed by"));
}

/** @param keys base64 of each signer's public key, PEM */
export function policyText(
  kind: Exclude<PolicyKind, "absent">,
  registry: string,
  keys: Readonly<Record<Signer, string>>,
): string {
  const signedBy = (signer: Signer) => ({ type: "sigstoreSigned", keyData: keys[signer] });
  switch (kind) {
    case "signed by release":
      return JSON.stringify(policyFor({ [`${registry}/signed`]: [signedBy("release")] }));
    case "signed by intruder":
      return JSON.stringify(policyFor({ [`${registry}/signed`]: [signedBy("intruder")] }));
    case "all signed":
      return JSON.stringify({ default: [signedBy("release")] });
    case "accept anything":
      return JSON.stringify({ default: [acceptAnything] });
    case "reject everything":
      return JSON.stringify({ default: [{ type: "reject" }] });
    case "broken":
      return '{ "default": [';
  }
}
