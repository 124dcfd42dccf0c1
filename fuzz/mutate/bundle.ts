import { forgeBundle } from "../forge/bundle.ts";
import { mutateBytes } from "./bytes.ts";
import { mutateDer } from "./der.ts";
import { mutateJson } from "./json.ts";
import { isObject, type LooseJson, readLoose, writeLoose } from "./loose-json.ts";
import { anyOf, type Mutate } from "./mutate.ts";

/**
 * Accidents that happen to a bundle: to its JSON, to the bytes inside it, parts taken from another one; and lies that
 * somebody signs: what a log takes in, what an authority stamps or certifies, when they are not honest.
 */
export const mutateBundle: Mutate = (draw, input, other) =>
  draw.one([
    mutateStructure,
    mutateInside,
    mutateInside,
    takeParts,
    takeParts,
    forgeBundle,
    forgeBundle,
    forgeBundle,
  ])(draw, input, other);

const mutateStructure = mutateJson({
  names: [
    ...([
      "mediaType",
      "verificationMaterial",
      "certificate",
      "x509CertificateChain",
      "certificates",
    ] as const),
    ...["publicKey", "hint", "rawBytes", "tlogEntries", "logIndex", "logId", "keyId", "kindVersion", "kind"],
    ...[
      "version",
      "integratedTime",
      "inclusionPromise",
      "signedEntryTimestamp",
      "inclusionProof",
      "rootHash",
    ],
    ...["treeSize", "hashes", "checkpoint", "envelope", "canonicalizedBody", "timestampVerificationData"],
    ...["rfc3161Timestamps", "signedTimestamp", "messageSignature", "messageDigest", "algorithm", "digest"],
    ...["signature", "dsseEnvelope", "payload", "payloadType", "signatures", "keyid", "sig", "media_type"],
  ],
  values: [
    ...(["0", "1", "-1", "100", "105", "9223372036854775807", "9223372036854775808"] as const),
    ...["hashedrekord", "dsse", "intoto", "0.0.1", "0.0.2", "SHA2_256", "SHA2_384", "SHA2_512", "SHA3_256"],
    ...[
      "application/vnd.dev.sigstore.bundle.v0.3+json",
      "application/vnd.dev.sigstore.bundle+json;version=0.1",
    ],
    ...["application/vnd.dev.sigstore.bundle+json;version=0.2", "application/vnd.in-toto+json", "text/plain"],
    ...["", "AAAA", "_w==", "AB=="],
  ],
});

/** Where bytes are, and what they are. */
const places: readonly [Place, ...Place[]] = [
  [mutateDer, "verificationMaterial", "certificate", "rawBytes"],
  [mutateDer, "verificationMaterial", "x509CertificateChain", "certificates", 0, "rawBytes"],
  [mutateDer, "verificationMaterial", "timestampVerificationData", "rfc3161Timestamps", 0, "signedTimestamp"],
  [mutateDer, "messageSignature", "signature"],
  [mutateDer, "dsseEnvelope", "signatures", 0, "sig"],
  [mutateDer, "verificationMaterial", "tlogEntries", 0, "inclusionPromise", "signedEntryTimestamp"],
  [mutateBytes, "verificationMaterial", "tlogEntries", 0, "canonicalizedBody"],
  [mutateBytes, "verificationMaterial", "tlogEntries", 0, "logId", "keyId"],
  [mutateBytes, "verificationMaterial", "tlogEntries", 0, "inclusionProof", "rootHash"],
  [mutateBytes, "verificationMaterial", "tlogEntries", 0, "inclusionProof", "hashes", 0],
  [mutateBytes, "messageSignature", "messageDigest", "digest"],
  [mutateBytes, "dsseEnvelope", "payload"],
];

type Place = readonly [mutate: Mutate, ...path: readonly (string | number)[]];

const mutateInside: Mutate = (draw, input, other) => {
  const [bundle, another] = [readLoose(input), readLoose(other)];
  const [mutate, ...path] = draw.one(places);
  const [holder, theirs] = [bundle && parentOf(bundle, path), another && parentOf(another, path)];
  const name = path.at(-1) ?? "";
  const text = holder?.[name];
  if (bundle === undefined || holder === undefined || typeof text !== "string") {
    return mutateStructure(draw, input, other);
  }
  const bytes = (base64: unknown) => Buffer.from(typeof base64 === "string" ? base64 : text, "base64");
  holder[name] = mutate(draw, bytes(text), bytes(theirs?.[name])).toString("base64");
  return writeLoose(bundle);
};

const parts: readonly [readonly (string | number)[], ...(readonly (string | number)[])[]] = [
  ["mediaType"],
  ["messageSignature"],
  ["messageSignature", "signature"],
  ["messageSignature", "messageDigest"],
  ["dsseEnvelope"],
  ["dsseEnvelope", "payload"],
  ["dsseEnvelope", "payloadType"],
  ["dsseEnvelope", "signatures"],
  ["verificationMaterial"],
  ["verificationMaterial", "certificate"],
  ["verificationMaterial", "publicKey"],
  ["verificationMaterial", "x509CertificateChain"],
  ["verificationMaterial", "timestampVerificationData"],
  ["verificationMaterial", "tlogEntries"],
  ["verificationMaterial", "tlogEntries", 0],
  ["verificationMaterial", "tlogEntries", 0, "inclusionPromise"],
  ["verificationMaterial", "tlogEntries", 0, "inclusionProof"],
  ["verificationMaterial", "tlogEntries", 0, "inclusionProof", "checkpoint"],
  ["verificationMaterial", "tlogEntries", 0, "inclusionProof", "hashes"],
  ["verificationMaterial", "tlogEntries", 0, "integratedTime"],
  ["verificationMaterial", "tlogEntries", 0, "canonicalizedBody"],
];

/** A part of another bundle in the place of the one's own, or behind it where there may be several. */
const takeParts: Mutate = (draw, input, other) => {
  const [bundle, another] = [readLoose(input), readLoose(other)];
  const path = draw.one(parts);
  const holder = bundle && parentOf(bundle, path);
  if (bundle === undefined || another === undefined || holder === undefined) {
    return mutateStructure(draw, input, other);
  }
  const name = path.at(-1) ?? "";
  const theirs = parentOf(another, path)?.[name];
  const own = holder[name];
  if (theirs === undefined) delete holder[name];
  else if (Array.isArray(own) && Array.isArray(theirs) && draw.chance(0.5)) own.push(...theirs);
  else holder[name] = theirs;
  return writeLoose(bundle);
};

/** What holds the last of these names; undefined if there is no such thing. */
function parentOf(
  bundle: LooseJson,
  path: readonly (string | number)[],
): Record<string | number, unknown> | undefined {
  let at: unknown = bundle;
  for (const name of path.slice(0, -1)) at = isObject(at) ? at[name] : undefined;
  return isObject(at) ? at : undefined;
}

export const mutateBundleText: Mutate = anyOf(mutateStructure, mutateInside, takeParts);
