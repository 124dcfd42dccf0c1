import { readByteStrings, readBytes, readString, readStrings } from "../values/go-value.ts";
import {
  memberPath,
  type ObjectFields,
  type Reader,
  type Report,
  readObject,
  readRaw,
} from "../values/strict-object.ts";
import { readFulcio, readPki } from "./parse-certificate-trust.ts";
import type { SigstoreSignedRequirement, SigstoreTrust, TrustSource } from "./policy.ts";
import { readSignedIdentity } from "./signed-identity.ts";

const readers = {
  type: readString,
  keyPath: readString,
  keyPaths: readStrings,
  keyData: readBytes,
  keyDatas: readByteStrings,
  fulcio: readFulcio,
  pki: readPki,
  rekorPublicKeyPath: readString,
  rekorPublicKeyPaths: readStrings,
  rekorPublicKeyData: readBytes,
  rekorPublicKeyDatas: readByteStrings,
  signedIdentity: readRaw,
};

type Fields = ObjectFields<typeof readers>;

/** As containers/image spells them in its messages, which is not how they are spelled in the file. */
const rekorKeys = "rekorPublickeyPath, rekorPublicKeyPaths, rekorPublickeyData and rekorPublicKeyDatas";

/**
 * Signed as cosign signs: by a key, or by whoever held a certificate.
 * Source: containers/image signature/policy_config_sigstore.go.
 */
export const readSigstoreSigned: Reader<SigstoreSignedRequirement> = (json, path, report) => {
  const fields = readObject(json, path, report, readers);
  if (fields === undefined) return undefined;
  const identity = readSignedIdentity(fields.signedIdentity, path, report);
  const isReadable = !Object.values(fields).includes(undefined);
  if (!isReadable || !checkLists(fields, path, report)) return undefined;
  const trust = readTrust(fields, path, report);
  if (identity === undefined || trust === undefined) return undefined;
  return { type: "sigstoreSigned", trust, identity };
};

function checkLists(fields: Fields, path: string, report: Report): boolean {
  const emptyLists = listNames.filter(([key]) => Object.hasOwn(fields, key) && !fields[key]?.length);
  for (const [key, name] of emptyLists) report(memberPath(path, key), `"${name}" contains no entries`);
  return emptyLists.length === 0;
}

const listNames = [
  ["keyPaths", "keyPaths"],
  ["keyDatas", "keyDatas"],
  ["rekorPublicKeyPaths", "rekorPublickeyPaths"],
  ["rekorPublicKeyDatas", "rekorPublickeyDatas"],
] as const;

function readTrust(fields: Fields, path: string, report: Report): SigstoreTrust | undefined {
  const { fulcio, pki } = fields;
  const keys = trustSources(fields.keyPath, fields.keyPaths, fields.keyData, fields.keyDatas);
  const rekors = trustSources(
    fields.rekorPublicKeyPath,
    fields.rekorPublicKeyPaths,
    fields.rekorPublicKeyData,
    fields.rekorPublicKeyDatas,
  );
  const [key] = keys;
  const [rekor] = rekors;
  const hasOneSigner = keys.length + (fulcio ? 1 : 0) + (pki ? 1 : 0) === 1;
  if (!hasOneSigner) {
    report(path, "exactly one of keyPath, keyPaths, keyData, keyDatas, fulcio, and pki must be specified");
  }
  if (rekors.length > 1) report(path, `at most one of ${rekorKeys} can be used simultaneously`);
  if (fulcio && rekor === undefined) {
    report(path, `At least one of ${rekorKeys} must be specified if fulcio is used`);
  }
  if (pki && rekor !== undefined) report(path, `${rekorKeys} are not supported for pki`);

  if (fulcio) return rekor && { type: "fulcio", fulcio, rekor };
  if (pki) return { type: "pki", pki };
  return key && { type: "keys", keys: key, rekor };
}

/** What is specified of four ways to say it: an empty path or null says nothing, empty data says something. */
function trustSources(
  path: string | undefined,
  paths: readonly string[] | null | undefined,
  data: Uint8Array | null | undefined,
  datas: readonly Uint8Array[] | null | undefined,
): readonly TrustSource[] {
  const sources: TrustSource[] = [];
  if (path) sources.push({ type: "files", paths: [path] });
  if (paths) sources.push({ type: "files", paths });
  if (data) sources.push({ type: "inline", data: [data] });
  if (datas) sources.push({ type: "inline", data: datas });
  return sources;
}
