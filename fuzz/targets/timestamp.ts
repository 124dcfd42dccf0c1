import assert from "node:assert/strict";
import { createPublicKey, verify } from "node:crypto";
import { certificateWork } from "@countersign/engine/signature/certificate-work";
import { parseTimestamp } from "@countersign/engine/signature/sigstore/parse-timestamp";
import { parseTrustedRoot } from "@countersign/engine/signature/sigstore/parse-trusted-root";
import { verifyTimestamps } from "@countersign/engine/signature/sigstore/verify-timestamps";
import { createDraw } from "@countersign/testkit/random/draw";
import {
  sigstore,
  timestampAuthority,
} from "@countersign/testkit/signing-kit/sigstore/conformance/conformance-case";
import { RFC3161Timestamp } from "@sigstore/core";
import { forgeTimestamp } from "../forge/timestamp.ts";
import { mutateDer } from "../mutate/der.ts";
import type { Mutate } from "../mutate/mutate.ts";
import { reading, shapeOf } from "../outcome.ts";
import type { Target } from "../target.ts";

/**
 * A TimeStampResp, DER, of an authority that may say anything, and of nobody. What verifies here verifies for
 * sigstore-js, and says the same time.
 */
export function openTarget(): Target {
  const draw = createDraw(1);
  const seeds = Array.from({ length: 40 }, () => forgeTimestamp(draw, signature));
  return { seeds, mutate, check };
}

const signature = Buffer.from("a signature");
const { timestampAuthorities } = parseTrustedRoot(sigstore.trustedRoot);
const key = createPublicKey(timestampAuthority.leaf.key.publicKeyPem);

const mutate: Mutate = (draw, input, other) =>
  draw.chance(0.2) ? Buffer.from(forgeTimestamp(draw, signature)) : mutateDer(draw, input, other);

function check(input: Uint8Array): string {
  const read = reading(["SIGNATURE_INVALID"], () => parseTimestamp(input));
  if (read.type === "refused") return read.outcome;
  const { verified, faults } = verifyTimestamps(
    [input],
    timestampAuthorities,
    [signature],
    certificateWork(),
  );
  const [one] = verified;
  if (one === undefined) return `parsed: ${faults.map(shapeOf).join("; ")}`;
  const { seconds } = one;
  const { info, signedBytes, digestAlgorithm, signature: signed } = read.value;
  assert.equal(seconds, info.seconds);
  assert.ok(verify(digestAlgorithm, signedBytes, key, signed), "the authority has not signed it");
  return `verified, ${theirReading(Buffer.from(input), seconds)}`;
}

/** Of what is not signed, sigstore-js reads more; and it cannot read fractions of a second. */
function theirReading(der: Buffer<ArrayBuffer>, seconds: number): string {
  try {
    const theirs = RFC3161Timestamp.parse(der);
    theirs.verify(signature, key);
    if (Number.isInteger(seconds)) assert.equal(theirs.signingTime.getTime(), seconds * 1000, "another time");
    return "there too";
  } catch (caught) {
    if (isVerdict(caught)) throw caught;
    return `unread there: ${shapeOf(String(caught))}`;
  }
}

/** Its error is not exported. */
function isVerdict(caught: unknown): boolean {
  const name = caught instanceof Error ? caught.constructor.name : "";
  return caught instanceof assert.AssertionError || name === "RFC3161TimestampVerificationError";
}
