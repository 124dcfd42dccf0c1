import assert from "node:assert/strict";
import { create, toBinary } from "@bufbuild/protobuf";
import { createOf, decodeCreateRequest } from "@countersign/gateway/create/create-request";
import { CreateContainerRequestSchema } from "@countersign/sources/cri/generated/cri_pb";
import { mutateProtobuf } from "../mutate/protobuf.ts";
import { reading } from "../outcome.ts";
import type { Target } from "../target.ts";
import { goText } from "./go-protobuf.ts";

/**
 * A CreateContainer call's message. What we take for its image and its pod is what a runtime takes for them, and the
 * call that we make of it names the ids that we put in, every one of them.
 */
export function openTarget(): Target {
  return { seeds, mutate: mutateProtobuf, check };
}

const image = { image: "sha256:0123", annotations: { a: "b" } };
const seeds = [
  {},
  { podSandboxId: "pod", config: { image } },
  {
    podSandboxId: "pod",
    config: {
      metadata: { name: "n", attempt: 1 },
      image,
      mounts: [{ image }, {}, { image: { image: "x" } }],
    },
    sandboxConfig: { metadata: { name: "n", namespace: "shop" } },
  },
].map((request) => toBinary(CreateContainerRequestSchema, create(CreateContainerRequestSchema, request)));

function check(input: Uint8Array): string {
  const decoded = reading(["REFERENCE_INVALID", "TOO_LARGE"], () => decodeCreateRequest(input));
  if (decoded.type === "refused") return decoded.outcome;
  const request = decoded.value;
  assertText(input, [1], request.sandboxId);
  assertText(input, [2, 2, 1], request.images[0].spec.image);
  const ids = request.images.map((_, at) => `sha256:id${at}`);
  const forwarded = createOf(request, "the whole id", ids);
  const again = decodeCreateRequest(forwarded);
  assert.deepEqual(
    again.images.map(({ spec }) => spec.image),
    ids,
  );
  assertText(forwarded, [2, 2, 1], ids[0] ?? "");
  assertText(forwarded, [1], "the whole id");
  return `accepted ${Math.min(request.images.length, 4)} ${request.message.config?.$unknown !== undefined}`;
}

function assertText(message: Uint8Array, path: readonly [number, ...number[]], ours: string): void {
  const theirs = goText(Buffer.from(message), path) ?? Buffer.of();
  assert.deepEqual(Buffer.from(ours), theirs, `a runtime reads ${JSON.stringify(theirs.toString("latin1"))}`);
}
