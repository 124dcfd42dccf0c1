import assert from "node:assert/strict";
import { create, toBinary } from "@bufbuild/protobuf";
import { parseImageReference } from "@countersign/engine/values/image-reference";
import { decodePullRequest, pullByFullName, pullOf } from "@countersign/gateway/pull/pull-request";
import { PullImageRequestSchema } from "@countersign/sources/cri/generated/cri_pb";
import { mutateProtobuf } from "../mutate/protobuf.ts";
import { reading } from "../outcome.ts";
import type { Target } from "../target.ts";
import { goText } from "./go-protobuf.ts";

/**
 * A PullImage call's message. What we take for its image and its pod's namespace is what a runtime takes for them, and
 * the call that we make of it for another image names that image and no other.
 */
export function openTarget(): Target {
  return { seeds, mutate: mutateProtobuf, check };
}

const image = "registry.example/good:v1";
const seeds = [
  {},
  { image: { image: "app:v1" }, auth: { username: "u", serverAddress: "quay.io" } },
  {
    image: {
      image,
      annotations: { a: "b", "": "" },
      userSpecifiedImage: image,
      runtimeHandler: "kata",
      imageRef: "x",
    },
    auth: { username: "u", password: "p", serverAddress: "https://registry.example" },
    sandboxConfig: { metadata: { name: "n", namespace: "shop", attempt: 3 }, labels: { l: "" }, linux: {} },
  },
].map((request) => toBinary(PullImageRequestSchema, create(PullImageRequestSchema, request)));

const imagePath = [1, 1] as const;
const namespacePath = [3, 1, 3] as const;
const elsewhere = parseImageReference("quay.io/team/app:v1");
const pinned = `registry.example/pinned@sha256:${"0".repeat(64)}`;

function check(input: Uint8Array): string {
  const decoded = reading(["REFERENCE_INVALID"], () => decodePullRequest(input));
  if (decoded.type === "refused") return decoded.outcome;
  const request = decoded.value;
  assertText(input, imagePath, request.image);
  assertText(input, namespacePath, request.namespace);
  const forwarded = pullOf(request, pinned);
  assertText(forwarded, imagePath, pinned);
  assertText(forwarded, namespacePath, request.namespace);
  assert.equal(decodePullRequest(forwarded).image, pinned);
  const named = pullByFullName(request, elsewhere);
  assertText(named.bytes, imagePath, "quay.io/team/app:v1");
  const { auth, sandboxConfig, $unknown } = request.message;
  const isKept = named.message.auth !== undefined;
  assert.ok(
    !isKept || auth?.serverAddress.toLowerCase().includes("quay.io"),
    "credentials for another registry go along",
  );
  return `${[auth, sandboxConfig, $unknown].map(Boolean)} ${isKept} ${request.namespace === ""}`;
}

function assertText(message: Uint8Array, path: readonly [number, ...number[]], ours: string): void {
  const theirs = goText(Buffer.from(message), path) ?? Buffer.of();
  assert.deepEqual(Buffer.from(ours), theirs, `a runtime reads ${JSON.stringify(theirs.toString("latin1"))}`);
}
