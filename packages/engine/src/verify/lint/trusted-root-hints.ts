import type { Hint } from "../../policy/lint/hint.ts";
import { parseTrustedRoot } from "../../signature/sigstore/parse-trusted-root.ts";
import { CountersignError } from "../../values/error.ts";
import { parseJson } from "../../values/strict-json.ts";
import { pemBlocks, type TrustMaterial, unusable } from "./trust-material.ts";

/** A trusted_root.json. */
export function* trustedRootHints(material: TrustMaterial): Generator<Hint> {
  try {
    for (const { path, message } of parseTrustedRoot(material.bytes).leftOut) {
      yield {
        code: "TRUSTED_ROOT_LOG_LEFT_OUT",
        path: material.path,
        message: `${material.name}${path}: ${message}`,
        remedy: "have another log in it besides, or what this one alone vouches for is refused",
      };
    }
  } catch (caught) {
    yield unusable(material, CountersignError.from(caught).message, remedyFor(material));
  }
}

/** The root.json by which a TUF repository is believed; whoever fetches from there looks at its signatures. */
export function* repositoryRootHints(material: TrustMaterial): Generator<Hint> {
  try {
    const root = parseJson(material.bytes);
    if (root.kind === "object" && root.members.some(([name]) => name === "signed")) return;
    yield unusable(material, "there is no signed root in it", "write the root.json of the repository");
  } catch (caught) {
    yield unusable(material, CountersignError.from(caught).message, "write the root.json of the repository");
  }
}

function remedyFor(material: TrustMaterial): string {
  const [block] = pemBlocks(material.bytes);
  if (block?.label === "CERTIFICATE") {
    return `this is a CA: write it as "fulcio": {"caPath": …}, with the key of its log`;
  }
  return "write a trusted_root.json, as cosign trusted-root create makes one";
}
