import type { Json } from "../values/strict-json.ts";
import { memberPath, type Report } from "../values/strict-object.ts";
import { readIdentityMatch } from "./parse-identity-match.ts";
import type { IdentityMatch } from "./policy.ts";

/**
 * A requirement's `signedIdentity`, or what holds without one. To be called when the rest of the requirement is
 * read: containers/image looks at it last.
 */
export function readSignedIdentity(
  json: Json | undefined,
  path: string,
  report: Report,
): IdentityMatch | undefined {
  if (json === undefined) return { type: "matchRepoDigestOrExact" };
  return readIdentityMatch(json, memberPath(path, "signedIdentity"), report);
}
