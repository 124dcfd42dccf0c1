import { quote } from "../values/go-format.ts";
import { readBytes, readString, readStrings } from "../values/go-value.ts";
import {
  memberPath,
  type ObjectFields,
  type Reader,
  type Report,
  readObject,
  readRaw,
} from "../values/strict-object.ts";
import type { SignedByRequirement, TrustSource } from "./policy.ts";
import { readSignedIdentity } from "./signed-identity.ts";

type KeyType = SignedByRequirement["keyType"];

const keyTypes: ReadonlyMap<string, KeyType> = new Map(
  (["GPGKeys", "signedByGPGKeys", "X509Certificates", "signedByX509CAs"] as const).map((type) => [
    type,
    type,
  ]),
);

const readKeyType: Reader<KeyType> = (json, path, report) => {
  const text = readString(json, path, report);
  if (text === undefined) return undefined;
  const keyType = keyTypes.get(text);
  if (keyType === undefined) report(path, `Unrecognized keyType value ${quote(text)}`);
  return keyType;
};

const readers = {
  type: readString,
  keyType: readKeyType,
  keyPath: readString,
  keyPaths: readStrings,
  keyData: readBytes,
  signedIdentity: readRaw,
};

/**
 * Signed by a key: the requirement of simple signing (GPG).
 * Source: containers/image signature/policy_config.go, prSignedBy.
 */
export const readSignedBy: Reader<SignedByRequirement> = (json, path, report) => {
  const fields = readObject(json, path, report, readers);
  if (fields === undefined) return undefined;
  const identity = readSignedIdentity(fields.signedIdentity, path, report);
  const keys = readKeys(fields, path, report);
  const { keyType } = fields;
  if (identity === undefined || keys === undefined || keyType === undefined) return undefined;
  return { type: "signedBy", keyType, keys, identity };
};

/** A key source counts as present whatever its value, but an empty path or null then names no key. */
function readKeys(
  fields: ObjectFields<typeof readers>,
  path: string,
  report: Report,
): TrustSource | undefined {
  const present = (["keyPath", "keyPaths", "keyData"] as const).filter((key) => Object.hasOwn(fields, key));
  if (present.length !== 1) {
    const count = present.length === 0 ? "none of them" : "more than one";
    report(path, `Exactly one of keyPath, keyPaths and keyData must be specified, ${count} present`);
  }
  if (!Object.hasOwn(fields, "keyType")) report(path, `invalid keyType ""`);
  if (fields.keyPath) return { type: "files", paths: [fields.keyPath] };
  if (fields.keyPaths) return { type: "files", paths: fields.keyPaths };
  if (fields.keyData) return { type: "inline", data: [fields.keyData] };
  const [only] = present;
  if (only !== undefined && present.length === 1 && fields[only] !== undefined) {
    report(memberPath(path, only), "exactly one of keyPath, keyPaths and keyData must be specified");
  }
  return undefined;
}
