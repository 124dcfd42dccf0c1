import { parsePolicy } from "../../policy/parse-policy.ts";
import type { Requirement } from "../../policy/policy.ts";
import { policySubject } from "../../policy/policy-subject.ts";
import { selectScope } from "../../policy/select-scope.ts";
import { parseDockerImage } from "../../values/located-image.ts";

/** In a policy, the key that a name stands for. */
export const key = (name: string) => Buffer.from(name).toString("base64");

export interface RuleParts {
  readonly globs: readonly string[];
  readonly keys?: readonly string[];
  readonly fixed?: "pass" | "fail";
  readonly tightens?: boolean;
  readonly mode?: "warn";
  readonly more?: object;
}

/** A rule by globs as the compiler prints it. */
export function rule(
  name: string,
  { globs, keys = [], fixed, tightens, mode, more = {} }: RuleParts,
): string {
  const authorities = [
    ...keys.map((one) => ({ name: one, key: { data: key(one), hashAlgorithm: "sha256" }, ...more })),
    ...(fixed === undefined ? [] : [{ name: fixed, static: { action: fixed } }]),
  ];
  const requirement = {
    type: "sigstore",
    authorities,
    signedIdentity: { type: "digestOnly" },
    acceptIndexSignatures: true,
    ...(mode && { mode }),
  };
  return JSON.stringify({ name, globs, ...(tightens && { tightens }), requirements: [requirement] });
}

/** A policy by scopes as the compiler prints it: one key must have signed. */
export function scopeRule(
  name: string,
  scopes: readonly string[],
  signer: string,
  tightens: boolean,
): string {
  const requirement = {
    type: "sigstoreSigned",
    keyData: key(signer),
    signedIdentity: { type: "matchRepository" },
  };
  const docker = Object.fromEntries(scopes.map((scope) => [scope, [requirement]]));
  return JSON.stringify({ name, ...(tightens && { tightens }), transports: { docker } });
}

export const deny = JSON.stringify({ default: [{ type: "reject" }] });
export const allow = JSON.stringify({ default: [{ type: "insecureAcceptAnything" }] });

/** Whether an image passes that these keys have signed under its own name. */
export function passes(policy: string, image: string, signers: ReadonlySet<string>): boolean {
  const { requirements } = selectScope(
    parsePolicy(Buffer.from(policy), "test"),
    policySubject(parseDockerImage(image)),
  );
  return requirements.every((one) => isMet(one, signers));
}

function isMet(requirement: Requirement, signers: ReadonlySet<string>): boolean {
  const isSigner = (data: Uint8Array) => signers.has(Buffer.from(data).toString());
  switch (requirement.type) {
    case "insecureAcceptAnything":
    case "warn":
      return true;
    case "sigstoreSigned":
      return (
        requirement.trust.type === "keys" &&
        requirement.trust.keys.type === "inline" &&
        requirement.trust.keys.data.some(isSigner)
      );
    case "sigstore":
      return requirement.authorities.some((authority) =>
        authority.type === "static"
          ? authority.action === "pass"
          : authority.type === "key" &&
            authority.keys.type === "inline" &&
            authority.keys.data.some(isSigner),
      );
    default:
      return false;
  }
}
