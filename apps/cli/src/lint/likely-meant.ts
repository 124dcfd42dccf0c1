import { nearWord } from "@countersign/engine/values/near-word";

/**
 * The name that a misspelt one of a policy was probably meant to be, in words that tell what to do.
 * @param message - a fault's, in the words of containers/image
 * @param isMarked whether the file may use the extension
 * @returns undefined where no name is near
 */
export function likelyMeant(message: string, isMarked: boolean): string | undefined {
  if (!isMarked && message === objectForList) return listOrMarker;
  const [, kind, written] = /^(.+?) "([^"\\]{1,40})"$/.exec(message) ?? [];
  if (kind === undefined || written === undefined) return undefined;
  const extension = extensionByFault.get(kind) ?? [];
  if (!isMarked && extension.includes(written)) return withMarker;
  const names = [...(namesByFault.get(kind) ?? []), ...(isMarked ? extension : [])];
  const near = nearWord(written, names);
  return near && `write ${JSON.stringify(near)}`;
}

const theMarker = `write "countersign": 1 at the beginning of the file, which CRI-O, podman and skopeo then refuse`;
const withMarker = `this is of the extension: ${theMarker}`;

/** Of a scope's requirements: nothing else in a policy is a list of objects. */
const objectForList = "json: cannot unmarshal object into Go value of type []json.RawMessage";
const listOrMarker = `write a list, [{"type": …}]; an object with mode and requirements is of the extension: ${theMarker}`;

/** What a policy can say where the fault is told. */
export const namesByFault: ReadonlyMap<string, readonly string[]> = new Map([
  [
    "Unknown key",
    [
      ...["default", "transports", "type", "keyType", "keyPath", "keyPaths", "keyData", "keyDatas"],
      ...["fulcio", "caPath", "caData", "oidcIssuer", "subjectEmail", "subjectHostname", "pki"],
      ...["caRootsPath", "caRootsData", "caIntermediatesPath", "caIntermediatesData"],
      ...["rekorPublicKeyPath", "rekorPublicKeyPaths", "rekorPublicKeyData", "rekorPublicKeyDatas"],
      ...["signedIdentity", "dockerReference", "dockerRepository", "prefix", "signedPrefix"],
    ],
  ],
  ["Unknown policy requirement type", ["insecureAcceptAnything", "reject", "signedBy", "sigstoreSigned"]],
  [
    "Unknown policy reference match type",
    [
      ...["matchExact", "matchRepoDigestOrExact", "matchRepository"],
      ...["exactReference", "exactRepository", "remapIdentity"],
    ],
  ],
  ["Unrecognized keyType value", ["GPGKeys"]],
]);

/** What it can say besides if it is marked. */
export const extensionByFault: ReadonlyMap<string, readonly string[]> = new Map([
  [
    "Unknown key",
    [
      ...["mode", "requirements", "alternatives", "authorities", "name", "key", "keyless", "static"],
      ...["attestations", "transparency", "timestamp", "source", "acceptIndexSignatures", "hashAlgorithm"],
      ...["trustedRoot", "identities", "insecureIgnoreSCT", "issuer", "issuerRegExp", "subject"],
      ...["issuerRegExpUnanchored", "subjectRegExp", "subjectRegExpUnanchored", "predicateType", "policy"],
      ...["expression", "threshold", "mirror", "root", "target", "tuf", "repository", "tagPrefix"],
      ...["action", "message", "path", "paths", "data", "datas"],
    ],
  ],
  ["Unknown policy requirement type", ["sigstore", "anyOf"]],
  ["Unknown policy reference match type", ["digestOnly"]],
]);
