import { quote } from "../values/go-format.ts";
import { cannotUnmarshal, readString } from "../values/go-value.ts";
import {
  memberPath,
  missingKey,
  type Reader,
  readExactObject,
  readObject,
  readRaw,
} from "../values/strict-object.ts";
import { readIdentityMatch } from "./parse-identity-match.ts";
import { readSignedBy } from "./parse-signed-by.ts";
import { readSigstoreSigned } from "./parse-sigstore-signed.ts";
import type { EnforcedRequirement, Requirements } from "./policy.ts";
import { readTypeField } from "./type-field.ts";

/** A list of requirements. An empty one would require nothing, which must be said aloud: it is a fault. */
export const readRequirements: Reader<Requirements> = (json, path, report) => {
  if (json.kind !== "array" && json.kind !== "null") {
    report(path, cannotUnmarshal(json, "[]json.RawMessage"));
    return undefined;
  }
  const items = json.kind === "array" ? json.items : [];
  if (items.length === 0) report(path, "List of verification policy requirements must not be empty");
  const read = items.map((item, index) => readRequirement(item, `${path}[${index}]`, report));
  const [first, ...others] = read.filter((requirement) => requirement !== undefined);
  if (first === undefined || others.length + 1 !== items.length) return undefined;
  return [first, ...others];
};

/** One of the requirements that containers/image knows. */
export const readRequirement: Reader<EnforcedRequirement> = (json, path, report) => {
  const type = readTypeField(json, path, report, {
    struct: "signature.prCommon",
    member: "signature.prTypeIdentifier",
  });
  if (type === undefined) return undefined;
  const reader = readers.get(type);
  if (reader !== undefined) return reader(json, path, report);
  report(path, `Unknown policy requirement type ${quote(type)}`);
  return undefined;
};

const readSignedBaseLayer: Reader<EnforcedRequirement> = (json, path, report) => {
  const fields = readObject(json, path, report, { type: readString, baseLayerIdentity: readRaw });
  if (fields === undefined) return undefined;
  if (fields.baseLayerIdentity === undefined) {
    report(path, missingKey("baseLayerIdentity"));
    return undefined;
  }
  const identity = readIdentityMatch(fields.baseLayerIdentity, memberPath(path, "baseLayerIdentity"), report);
  return identity && { type: "signedBaseLayer", baseLayerIdentity: identity };
};

function typeOnly(requirement: EnforcedRequirement): Reader<EnforcedRequirement> {
  return (json, path, report) => readExactObject(json, path, report, { type: readString }) && requirement;
}

const readers: ReadonlyMap<string, Reader<EnforcedRequirement>> = new Map([
  ["insecureAcceptAnything", typeOnly({ type: "insecureAcceptAnything" })],
  ["reject", typeOnly({ type: "reject" })],
  ["signedBaseLayer", readSignedBaseLayer],
  ["signedBy", readSignedBy],
  ["sigstoreSigned", readSigstoreSigned],
]);
