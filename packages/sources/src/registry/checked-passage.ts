import { createHash } from "node:crypto";
import { Transform } from "node:stream";
import { digestAlgorithm } from "@countersign/engine/values/digest";
import { CountersignError } from "@countersign/engine/values/error";
import { quote } from "@countersign/engine/values/go-format";
import type { BlobDescriptor } from "./blob-stream.ts";

/** Bytes that may be on their way at once: enough to keep both sides busy. */
const held = 1024 * 1024;

/**
 * Lets a blob through while it is hashed, and keeps its last piece back until it is known to be what its digest says:
 * the other side never has all of what is not. It fails with REGISTRY_ANSWER_INVALID or TOO_LARGE.
 * @param moved - is told how many bytes came so far
 */
export function checkedPassage({ digest, size }: BlobDescriptor, moved: (bytes: number) => void): Transform {
  const algorithm = digestAlgorithm(digest);
  const hash = createHash(algorithm);
  let passed = 0;
  let last: Uint8Array | undefined;
  return new Transform({
    highWaterMark: held,
    transform(chunk: Uint8Array, _encoding, done) {
      passed += chunk.length;
      if (passed > size) {
        done(
          new CountersignError("TOO_LARGE", `blob ${digest} has more than the ${size} bytes it should have`),
        );
        return;
      }
      moved(passed);
      hash.update(chunk);
      const before = last;
      last = chunk;
      done(null, before);
    },
    flush(done) {
      const found = `${algorithm}:${hash.digest("hex")}`;
      if (found === digest && passed === size) {
        done(null, last);
        return;
      }
      const what =
        passed === size
          ? `digest mismatch, expected ${quote(digest)}, got ${quote(found)}`
          : `blob ${digest} has ${passed} bytes instead of ${size}`;
      done(new CountersignError("REGISTRY_ANSWER_INVALID", what));
    },
  });
}
