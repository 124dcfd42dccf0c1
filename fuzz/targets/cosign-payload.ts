import assert from "node:assert/strict";
import { isUtf8 } from "node:buffer";
import { parseCosignPayload } from "@countersign/engine/signature/signed-payload";
import { digestOf } from "@countersign/engine/values/digest";
import { cosignPayload } from "@countersign/testkit/signing-kit/cosign-signature";
import { mutateJson } from "../mutate/json.ts";
import { reading } from "../outcome.ts";
import type { Target } from "../target.ts";

/** What a signature says. Read, it names the very digest and reference that JSON.parse finds there. */
export function openTarget(): Target {
  const honest = cosignPayload({ digest, reference: "example.com/a:v1" });
  const other = JSON.parse(Buffer.from(honest).toString());
  other.optional = { creator: "cosign", timestamp: 1_700_000_000, extra: { a: [1] } };
  return { seeds: [honest, Buffer.from(JSON.stringify(other, undefined, 1))], mutate, check };
}

const digest = digestOf(Buffer.from("manifest"));

const mutate = mutateJson({
  names: [
    ...([
      "critical",
      "optional",
      "type",
      "image",
      "identity",
      "docker-reference",
      "docker-manifest-digest",
    ] as const),
    ...["creator", "timestamp", "Critical", "\u0000", "extra"],
  ],
  values: [
    ...(["cosign container image signature", "atomic container signature", digest, "example.com/b"] as const),
    ...[`sha512:${"0".repeat(128)}`, "sha256:", "cosign"],
  ],
});

function check(input: Uint8Array): string {
  const read = reading(["SIGNATURE_INVALID"], () => parseCosignPayload(input));
  if (read.type === "refused") return read.outcome;
  if (isUtf8(input)) {
    const { critical } = JSON.parse(Buffer.from(input).toString());
    assert.equal(read.value.manifestDigest, critical.image["docker-manifest-digest"]);
    assert.equal(read.value.dockerReference, critical.identity["docker-reference"]?.toWellFormed() ?? "");
  }
  return "accepted";
}
