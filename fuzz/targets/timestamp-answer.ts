import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { parseTimestamp } from "@countersign/engine/signature/sigstore/parse-timestamp";
import { timestampAuthority } from "@countersign/signing/keyless/timestamp-authority";
import { createDraw } from "@countersign/testkit/random/draw";
import { forgeTimestamp } from "../forge/timestamp.ts";
import { mutateDer } from "../mutate/der.ts";
import type { Mutate } from "../mutate/mutate.ts";
import { readingAsync } from "../outcome.ts";
import type { Target } from "../target.ts";
import { answeringService } from "../testing/answering-service.ts";

/** What a timestamp authority answers to one who signs: what is kept of it is about the signature, as its readers read it. */
export function openTarget(): Target {
  const draw = createDraw(2);
  return { seeds: Array.from({ length: 20 }, () => forgeTimestamp(draw, signature)), mutate, check };
}

const signature = Buffer.from("a signature");

const mutate: Mutate = (draw, input, other) =>
  draw.chance(0.2) ? Buffer.from(forgeTimestamp(draw, signature)) : mutateDer(draw, input, other);

async function check(input: Uint8Array): Promise<string> {
  const authority = timestampAuthority(
    new URL("https://tsa.example"),
    answeringService(() => input),
  );
  const { signal } = new AbortController();
  const read = await readingAsync(["SIGNING_SERVICE_FAILED"], () => authority.stamp(signature, signal));
  if (read.type === "refused") return read.outcome;
  const { imprint } = parseTimestamp(read.value).info;
  const digest = hash(imprint.algorithm, signature, "buffer");
  assert.deepEqual(Buffer.from(imprint.value), digest, "a stamp on something else");
  return `stamped ${imprint.algorithm}`;
}
