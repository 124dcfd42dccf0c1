import { decodeBase64 } from "../../values/strict-base64.ts";
import type { Json } from "../../values/strict-json.ts";
import type { Reader } from "../../values/strict-object.ts";
import { readText, textAs } from "../../values/strict-value.ts";
import { refuse } from "../invalid.ts";
import { solePemBlock } from "../pem.ts";
import { parsePublicKeyPem } from "../public-key-pem.ts";
import type { LoggedDigest, LoggedSignature, LoggedVerifier } from "./logged-signature.ts";
import { bytesUpTo, message, oneOf, present, refuseAt, repeated } from "./protojson.ts";

const readHash = message({
  algorithm: oneOf({ sha256: "sha256", sha384: "sha384", sha512: "sha512" } as const),
  value: textAs((text) =>
    /^(?:[0-9a-f]{2})+$/.test(text) ? Buffer.from(text, "hex") : refuse("no hexadecimal digest"),
  ),
});

function digest(of: LoggedDigest["of"], hash: ReturnType<typeof readHash>, path: string): LoggedDigest {
  return {
    of,
    algorithm: present(hash?.algorithm, `${path}.algorithm`),
    value: present(hash?.value, `${path}.value`),
  };
}

const signatureBytes = bytesUpTo(16 * 1024);
/** A certificate or key in PEM, in base64. */
const pemBytes = bytesUpTo(64 * 1024);

function verifier(pem: Uint8Array | undefined, path: string): LoggedVerifier {
  const { label, bytes } = solePemBlock(present(pem, path), path);
  if (label === "CERTIFICATE") return { type: "certificate", der: bytes };
  return { type: "key", spki: parsePublicKeyPem(present(pem, path)).spki };
}

const hashedrekord1 = message({
  data: message({ hash: readHash }),
  signature: message({ content: signatureBytes, publicKey: message({ content: pemBytes }) }),
});

/** Of an artifact that the log has not seen. */
export function readHashedrekord1(spec: Json, path: string): LoggedSignature {
  const fields = hashedrekord1(spec, path, refuseAt);
  return {
    digests: [digest("signed data", fields?.data?.hash, `${path}.data.hash`)],
    signature: present(fields?.signature?.content, `${path}.signature.content`),
    verifier: verifier(fields?.signature?.publicKey?.content, `${path}.signature.publicKey.content`),
  };
}

const dsse1 = message({
  envelopeHash: readHash,
  payloadHash: readHash,
  signatures: repeated(message({ signature: signatureBytes, verifier: pemBytes }), 16),
});

/** Of an envelope that the log has seen and not kept. */
export function readDsse1(spec: Json, path: string): LoggedSignature {
  const fields = dsse1(spec, path, refuseAt);
  const signature = only(fields?.signatures, `${path}.signatures`);
  return {
    digests: [
      digest("payload", fields?.payloadHash, `${path}.payloadHash`),
      digest("envelope", fields?.envelopeHash, `${path}.envelopeHash`),
    ],
    signature: present(signature.signature, `${path}.signatures[0].signature`),
    verifier: verifier(signature.verifier, `${path}.signatures[0].verifier`),
  };
}

const intoto1 = message({
  content: message({ hash: readHash, payloadHash: readHash }),
  publicKey: pemBytes,
});

/** The oldest: the signature is only in the envelope whose digest it keeps. */
export function readIntoto1(spec: Json, path: string): LoggedSignature {
  const fields = intoto1(spec, path, refuseAt);
  return {
    digests: [digest("envelope", fields?.content?.hash, `${path}.content.hash`)],
    signature: undefined,
    verifier: verifier(fields?.publicKey, `${path}.publicKey`),
  };
}

const base64OfBase64: Reader<Uint8Array> = textAs((text) => {
  const inner = Buffer.from(decodeBase64(text)).toString("latin1");
  return decodeBase64(inner);
});

const intoto2 = message({
  content: message({
    envelope: message({
      payload: readText,
      payloadType: readText,
      signatures: repeated(message({ keyid: readText, publicKey: pemBytes, sig: base64OfBase64 }), 16),
    }),
    hash: readHash,
    payloadHash: readHash,
  }),
});

export function readIntoto2(spec: Json, path: string): LoggedSignature {
  const content = intoto2(spec, path, refuseAt)?.content;
  const place = `${path}.content.envelope.signatures`;
  const signature = only(content?.envelope?.signatures, place);
  return {
    digests: [
      digest("payload", content?.payloadHash, `${path}.content.payloadHash`),
      digest("envelope", content?.hash, `${path}.content.hash`),
    ],
    signature: present(signature.sig, `${place}[0].sig`),
    verifier: verifier(signature.publicKey, `${place}[0].publicKey`),
  };
}

/** An entity has one signature, and so must the entry. */
export function only<T>(items: readonly T[] | undefined, path: string): T {
  const [item] = items ?? [];
  return item === undefined || items?.length !== 1 ? refuse(`${path}: one is expected`) : item;
}
