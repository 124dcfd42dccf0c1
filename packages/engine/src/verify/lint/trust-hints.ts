import type { Hint } from "../../policy/lint/hint.ts";
import { placedAuthorities } from "../../policy/lint/placed-authorities.ts";
import { placedRequirements } from "../../policy/lint/requirement-lists.ts";
import { type TrustInput, trustInputs } from "../../policy/lint/trust-inputs.ts";
import type { Policy } from "../../policy/policy.ts";
import type { JsonDocument } from "../../values/json-document.ts";
import type { TrustFile } from "../evidence.ts";
import { authorityHints, intermediateHints } from "./certificate-hints.ts";
import { publicKeyHints, rekorKeyHints } from "./key-hints.ts";
import { openPgpKeyHints } from "./openpgp-hints.ts";
import { rootCoverageHints } from "./root-coverage.ts";
import type { TrustMaterial } from "./trust-material.ts";
import { repositoryRootHints, trustedRootHints } from "./trusted-root-hints.ts";

/**
 * Every key and CA file that a policy names by an absolute path, and where it does so first; a relative one means
 * something else to every program.
 */
export function namedTrustFiles(policy: Policy, document: JsonDocument): ReadonlyMap<string, string> {
  const named = new Map<string, string>();
  for (const { path, content } of inputsOf(policy, document)) {
    if (content.type === "file" && content.file.startsWith("/") && !named.has(content.file)) {
      named.set(content.file, path);
    }
  }
  return named;
}

/**
 * Finds what is wrong with the keys and certificates that a policy trusts: what cannot be read or used, what has
 * expired. What several requirements name is told once, where it is named first.
 * @param files by path, what was read of {@link namedTrustFiles}
 * @param now seconds since 1970
 */
export function trustHints(
  policy: Policy,
  document: JsonDocument,
  files: ReadonlyMap<string, TrustFile>,
  now: number,
): readonly Hint[] {
  const coverage = placedRequirements(policy, document)
    .flatMap(placedAuthorities)
    .flatMap((authority) => [...rootCoverageHints(authority, files)]);
  return [...distinct(inputsOf(policy, document)).flatMap(hintsAt), ...coverage];

  function hintsAt(input: TrustInput): readonly Hint[] {
    const file = input.content.type === "file" ? files.get(input.content.file) : undefined;
    if (file?.type === "failed") return [unreadable(input, file.error.message)];
    const bytes = input.content.type === "inline" ? input.content.bytes : file?.bytes;
    // an empty inline text is told without looking into it
    if (bytes === undefined || (input.content.type === "inline" && bytes.length === 0)) return [];
    const name = input.content.type === "file" ? `${input.content.file}: ` : "";
    return [...materialHints({ path: input.path, name, bytes }, input.role, now)];
  }
}

function materialHints(material: TrustMaterial, role: TrustInput["role"], now: number): Iterable<Hint> {
  switch (role) {
    case "openPgpKey":
      return openPgpKeyHints(material, now);
    case "publicKey":
      return publicKeyHints(material);
    case "rekorKey":
      return rekorKeyHints(material);
    case "logKey":
      return publicKeyHints(material);
    case "trustedRoot":
      return trustedRootHints(material);
    case "repositoryRoot":
      return repositoryRootHints(material);
    case "fulcioRoots":
    case "pkiRoots":
      return authorityHints(material, role, now);
    case "pkiIntermediates":
      return intermediateHints(material, now);
  }
}

function unreadable({ path }: TrustInput, message: string): Hint {
  return {
    code: "TRUST_FILE_UNREADABLE",
    path,
    message,
    remedy: "put the file there, readable for the program that asks",
  };
}

function inputsOf(policy: Policy, document: JsonDocument): readonly TrustInput[] {
  return placedRequirements(policy, document).flatMap((placed) => trustInputs(placed, document));
}

function distinct(inputs: readonly TrustInput[]): readonly TrustInput[] {
  const first = new Map<string, TrustInput>();
  for (const input of inputs) {
    const { role, content } = input;
    const text = content.type === "file" ? content.file : Buffer.from(content.bytes).toString("base64");
    const key = `${role} ${content.type} ${text}`;
    if (!first.has(key)) first.set(key, input);
  }
  return [...first.values()];
}
