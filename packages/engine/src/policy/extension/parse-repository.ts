import { CountersignError } from "../../values/error.ts";
import { isNameOnly, type NamedReference, parseNamedReference } from "../../values/image-reference.ts";
import type { Reader } from "../../values/strict-object.ts";
import { objectAs, textAs } from "../../values/strict-value.ts";
import type { SignatureRepository } from "../sigstore-requirement.ts";

/** `source`: where signatures and attestations are kept. */
export const readRepository: Reader<SignatureRepository> = objectAs(
  { repository: textAs(parseRepository), tagPrefix: textAs(parseTagPrefix) },
  ({ repository, tagPrefix = "" }, path, report) => {
    if (repository !== undefined || tagPrefix !== "") return { repository, tagPrefix };
    report(path, "repository or tagPrefix is expected");
    return undefined;
  },
);

function parseRepository(text: string): NamedReference {
  const repository = parseNamedReference(text);
  if (isNameOnly(repository)) return repository;
  throw new CountersignError(
    "POLICY_INVALID",
    "the name of a repository is expected, without tag and digest",
  );
}

/** `sha256-….sig` and `.att` have 75 characters, and a tag at most 128. */
function parseTagPrefix(text: string): string {
  if (/^[A-Za-z0-9_][A-Za-z0-9._-]{0,52}$/.test(text)) return text;
  throw new CountersignError(
    "POLICY_INVALID",
    "the beginning of a tag is expected, of at most 53 characters",
  );
}
