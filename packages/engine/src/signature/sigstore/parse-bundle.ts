import { quote } from "../../values/go-format.ts";
import { readString } from "../../values/go-value.ts";
import type { Json } from "../../values/json.ts";
import { parseJson } from "../../values/strict-json.ts";
import { memberPath, readRaw } from "../../values/strict-object.ts";
import { refuse, refusing } from "../invalid.ts";
import { readLogEntry } from "./bundle-log-entry.ts";
import { bytesUpTo, hashAlgorithm, message, present, refuseAt, repeated } from "./protojson.ts";
import type {
  BundleFormat,
  ClaimedSigner,
  SignedContent,
  SignedEntity,
  SignedEnvelope,
} from "./signed-entity.ts";

/**
 * Reads a sigstore bundle, versions 0.1 to 0.3. Nothing unknown, doubled, missing or too large gets past, so that no
 * two readers see different things in one bundle.
 * Source: sigstore/protobuf-specs sigstore_bundle.proto; sigstore/architecture-docs client-spec.md §4.
 * @throws CountersignError SIGNATURE_INVALID, naming the place
 */
export function parseBundle(bytes: Uint8Array): SignedEntity {
  return refusing("bundle: ", () => {
    refuseExcess(bytes);
    const fields = readWhole(parseJson(bytes), "", refuseAt);
    const format = formatOf(present(fields?.mediaType, "mediaType"));
    const { signer, logEntries, timestamps } = readMaterial(
      present(fields?.verificationMaterial, "verificationMaterial"),
      format,
    );
    const content = readContent(fields?.messageSignature, fields?.dsseEnvelope);
    return { content, signer, logEntries, timestamps, format };
  });
}

/** The largest honest ones hold an SBOM of some megabytes. */
const maxBytes = 32 * 1024 * 1024;

/** How many values there may be: each costs a hundred times the two bytes that it takes to write one. */
const maxValues = 10_000;

/**
 * To be asked before anything is parsed: nobody has vouched for it yet.
 * @throws CountersignError SIGNATURE_INVALID
 */
export function refuseExcess(bytes: Uint8Array): void {
  if (bytes.length > maxBytes) refuse(`${bytes.length} bytes, ${maxBytes} are allowed`);
  if (exceeds(bytes, comma, maxValues)) refuse(`more than ${maxValues} values`);
  const most = maxValues + bytes.length / honestEscapes;
  if (exceeds(bytes, backslash, most)) refuse("too many characters that are escaped");
}

/** Some writers escape the slash, of which every sixty-fourth character of base64 is one; nobody has more to escape. */
const honestEscapes = 32;

function exceeds(bytes: Uint8Array, byte: number, most: number): boolean {
  let found = 0;
  for (let at = bytes.indexOf(byte); at !== -1; at = bytes.indexOf(byte, at + 1)) {
    if (++found > most) return true;
  }
  return false;
}

const backslash = 0x5c;
const comma = 0x2c;

const readWhole = message({
  mediaType: readString,
  verificationMaterial: readRaw,
  messageSignature: readRaw,
  dsseEnvelope: readRaw,
});

function formatOf(mediaType: string): BundleFormat {
  return formats.get(mediaType) ?? refuse(`mediaType: ${quote(mediaType)} is not known`);
}

const formats: ReadonlyMap<string, BundleFormat> = new Map([
  ["application/vnd.dev.sigstore.bundle+json;version=0.1", "bundle 0.1"],
  ["application/vnd.dev.sigstore.bundle+json;version=0.2", "bundle 0.2"],
  ["application/vnd.dev.sigstore.bundle+json;version=0.3", "bundle 0.3"],
  ["application/vnd.dev.sigstore.bundle.v0.3+json", "bundle 0.3"],
]);

const certificate = message({ rawBytes: bytesUpTo(32 * 1024) });

const readMaterialFields = message({
  certificate,
  x509CertificateChain: message({ certificates: repeated(certificate, 16) }),
  publicKey: message({ hint: readString }),
  tlogEntries: repeated(readRaw, 32),
  timestampVerificationData: message({
    rfc3161Timestamps: repeated(message({ signedTimestamp: bytesUpTo(64 * 1024) }), 32),
  }),
});

function readMaterial(json: Json, format: BundleFormat) {
  const path = "verificationMaterial";
  const fields = present(readMaterialFields(json, path, refuseAt), path);
  const { certificate: single, x509CertificateChain: chain, publicKey, tlogEntries = [] } = fields;
  const given = [single, chain, publicKey].filter((one) => one !== undefined);
  if (given.length !== 1) {
    refuse(
      `${path}: one of certificate, x509CertificateChain and publicKey is expected, not ${given.length}`,
    );
  }
  if (chain !== undefined && format === "bundle 0.3") {
    refuse(`${path}.x509CertificateChain: version 0.3 has a certificate instead`);
  }
  const signer: ClaimedSigner =
    publicKey !== undefined
      ? { type: "key", hint: publicKey.hint ?? "" }
      : certificateSigner(single === undefined ? (chain?.certificates ?? []) : [single], path);
  const stamps = fields.timestampVerificationData?.rfc3161Timestamps ?? [];
  return {
    signer,
    logEntries: tlogEntries.map((entry, at) => readLogEntry(entry, `${path}.tlogEntries[${at}]`, format)),
    timestamps: stamps.map(({ signedTimestamp }, at) =>
      present(signedTimestamp, `${path}.timestampVerificationData.rfc3161Timestamps[${at}].signedTimestamp`),
    ),
  };
}

function certificateSigner(
  certificates: readonly { readonly rawBytes?: Uint8Array | undefined }[],
  path: string,
): ClaimedSigner {
  const [leaf, ...chain] = certificates.map(({ rawBytes }) => present(rawBytes, `${path}: rawBytes`));
  return { type: "certificate", leaf: leaf ?? refuse(`${path}: there is no certificate`), chain };
}

const readMessageFields = message({
  messageDigest: message({ algorithm: hashAlgorithm, digest: bytesUpTo(64) }),
  signature: bytesUpTo(16 * 1024),
});

function readContent(signature: Json | undefined, envelope: Json | undefined): SignedContent {
  if (signature !== undefined && envelope !== undefined) {
    refuse("messageSignature and dsseEnvelope are both there");
  }
  if (envelope !== undefined) return readEnvelope(envelope, "dsseEnvelope", undefined);
  const path = "messageSignature";
  const fields = readMessageFields(present(signature, "messageSignature or dsseEnvelope"), path, refuseAt);
  const digest = fields?.messageDigest;
  return {
    type: "message",
    digest: digest && {
      algorithm: present(digest.algorithm, `${path}.messageDigest.algorithm`),
      value: present(digest.digest, `${path}.messageDigest.digest`),
    },
    signature: present(fields?.signature, `${path}.signature`),
  };
}

const readEnvelopeFields = message({
  payload: bytesUpTo(maxBytes),
  payloadType: readString,
  signatures: repeated(message({ keyid: readString, sig: bytesUpTo(16 * 1024) }), 16),
});

/**
 * Reads a DSSE envelope. Of several signatures it could not be said which one the log took and the timestamps cover:
 * there must be one.
 * @param stored the envelope's own bytes, where a log entry covers them
 */
export function readEnvelope(json: Json, path: string, stored: Uint8Array | undefined): SignedEnvelope {
  const fields = readEnvelopeFields(json, path, refuseAt);
  const place = memberPath(path, "signatures");
  const signatures = present(fields?.signatures, place);
  const [signature] = signatures;
  if (signature === undefined || signatures.length !== 1) {
    return refuse(`${place}: one is expected, not ${signatures.length}`);
  }
  return {
    type: "envelope",
    payload: present(fields?.payload, memberPath(path, "payload")),
    payloadType: present(fields?.payloadType, memberPath(path, "payloadType")),
    signature: present(signature.sig, `${place}[0].sig`),
    keyId: signature.keyid ?? "",
    stored,
  };
}
