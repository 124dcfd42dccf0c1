import { CountersignError } from "../../values/error.ts";
import type { Reader } from "../../values/strict-object.ts";
import { objectAs, readBase64, readFilledText, textAs } from "../../values/strict-value.ts";
import type { TrustedRootSource } from "../sigstore-requirement.ts";
import { onlyOne } from "./only-one.ts";
import { readFileSource } from "./parse-trust-source.ts";

const usualTarget = "trusted_root.json";

/** Where targets are kept on disk too, so that a name leads out of no directory. */
const targetName = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;

const readTuf = objectAs(
  {
    mirror: textAs(parseMirror),
    root: readFileSource,
    target: textAs(parseTarget),
  },
  ({ mirror, root, target = usualTarget }, path, report): TrustedRootSource | undefined => {
    if (mirror === undefined) report(path, "mirror is missing: the URL of the repository");
    if (root === undefined) report(path, "root is missing: the root.json that is trusted to begin with");
    return mirror === undefined || root === undefined ? undefined : { type: "tuf", mirror, root, target };
  },
);

/** `trustedRoot`: a trusted_root.json by path, in base64, or from a repository of The Update Framework. */
export const readTrustedRoot: Reader<TrustedRootSource> = objectAs(
  { path: readFilledText, data: readBase64, tuf: readTuf },
  (fields, path, report): TrustedRootSource | undefined => {
    if (onlyOne(fields, ["path", "data", "tuf"], path, report) === undefined) return undefined;
    if (fields.path !== undefined) return { type: "files", paths: [fields.path] };
    return fields.data === undefined ? fields.tuf : { type: "inline", data: [fields.data] };
  },
);

function parseMirror(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isPlain = url !== undefined && url.username + url.password + url.search + url.hash === "";
  if (url?.protocol !== "https:" || !isPlain) {
    throw new CountersignError("POLICY_INVALID", "an https URL without user, query and fragment is expected");
  }
  return url.href.replace(/\/+$/, "");
}

function parseTarget(text: string): string {
  if (targetName.test(text)) return text;
  throw new CountersignError("POLICY_INVALID", "the name of a target is expected, without directories");
}
