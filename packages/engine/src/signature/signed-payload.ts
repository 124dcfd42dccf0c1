import { type Digest, parseDigest } from "../values/digest.ts";
import { quote } from "../values/go-format.ts";
import { readAny, readFloat64, readString } from "../values/go-value.ts";
import { parseJson } from "../values/strict-json.ts";
import { type Report, readExactObject, readMembers, readRaw } from "../values/strict-object.ts";
import { refuse, refusing } from "./invalid.ts";

/** What a signature says about an image. Only to be believed once its cryptography has verified. */
export interface SignedPayload {
  readonly manifestDigest: Digest;
  /** the name it was signed for, as the signer wrote it */
  readonly dockerReference: string;
}

/** What tells the two formats apart. */
interface PayloadFormat {
  readonly type: string;
  /** whether `optional` may be null, as cosign writes it */
  readonly optionalMayBeNull: boolean;
}

/**
 * Reads the payload of a cosign signature, with nothing unknown or doubled in its critical part.
 * Source: containers/image signature/internal/sigstore_payload.go; containers-signature.5.md.
 * @throws CountersignError SIGNATURE_INVALID with the reference's words
 */
export function parseCosignPayload(payload: Uint8Array): SignedPayload {
  return parsePayload(payload, { type: "cosign container image signature", optionalMayBeNull: true });
}

/**
 * Reads the payload of GPG simple signing.
 * Source: containers/image signature/simple.go, strictUnmarshalJSON; containers-signature.5.md.
 * @throws CountersignError SIGNATURE_INVALID with the reference's words
 */
export function parseSimpleSigningPayload(payload: Uint8Array): SignedPayload {
  return parsePayload(payload, { type: "atomic container signature", optionalMayBeNull: false });
}

function parsePayload(payload: Uint8Array, format: PayloadFormat): SignedPayload {
  const json = refusing("", () => parseJson(payload));
  const whole = readExactObject(json, "", stop, { critical: readRaw, optional: readRaw });
  const { critical, optional } = whole ?? refuse("payload is not an object");
  if (optional.kind !== "null" || !format.optionalMayBeNull) {
    const known = { creator: readString, timestamp: readFloat64 };
    const members = readMembers<unknown>(optional, "", stop, (name) =>
      name === "creator" || name === "timestamp" ? known[name] : readAny,
    );
    if (!isInt64(members?.get("timestamp") ?? 0)) refuse("Field optional.timestamp is not an integer");
  }
  const fields = readExactObject(critical, "", stop, { type: readString, image: readRaw, identity: readRaw });
  const { type, image, identity } = fields ?? refuse("critical is not an object");
  if (type !== format.type) refuse(`Unrecognized signature type ${type}`);
  const digest = readExactObject(image, "", stop, { "docker-manifest-digest": readString });
  const manifestDigest = checkDigest(digest?.["docker-manifest-digest"] ?? "");
  const name = readExactObject(identity, "", stop, { "docker-reference": readString });
  return { manifestDigest, dockerReference: name?.["docker-reference"] ?? "" };
}

/** The reference gives up at the first fault. */
const stop: Report = (_path, message) => refuse(message);

function checkDigest(text: string): Digest {
  return refusing(`invalid docker-manifest-digest value ${quote(text)}: `, () => parseDigest(text));
}

/** Whether Go's conversion to int64 and back leaves the number as it was. */
function isInt64(value: unknown): boolean {
  return Number.isInteger(value) && Number(value) >= -(2 ** 63) && Number(value) < 2 ** 63;
}
