import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { RestorePodRequestSchema } from "@countersign/sources/cri/generated/cri_pb";
import fc from "fast-check";
import type { GateAnswer } from "../gate.ts";
import type { PolicyInForce } from "../policy/policy-store.ts";
import type { Decision } from "../record/decision.ts";
import { acceptAnything, policyOf, signedByRelease } from "../testing/signed-images.ts";
import { type CheckpointRule, restorePodGate, restorePodPath } from "./restore-pod.ts";

const strict = policyOf({ "registry.example": [signedByRelease] });
const lax = policyOf({ "registry.example": [acceptAnything] });
const signal = new AbortController().signal;
const restore = {
  checkpointPath: "/var/lib/kubelet/checkpoints/pod.tar",
  config: { metadata: { name: "pod", namespace: "shop" } },
};

function gateOf(policy: PolicyInForce, checkpoints: CheckpointRule, decisions: Decision[] = []) {
  return restorePodGate({
    policies: { policyFor: async () => policy },
    checkpoints,
    recorder: { begin: () => (decision) => void decisions.push(decision) },
    now: () => 0,
  });
}

function ask(
  policy: PolicyInForce,
  checkpoints: CheckpointRule,
  init: MessageInitShape<typeof RestorePodRequestSchema> = restore,
  decisions: Decision[] = [],
): Promise<GateAnswer> {
  const message = toBinary(RestorePodRequestSchema, create(RestorePodRequestSchema, init));
  return gateOf(policy, checkpoints, decisions).ask({ path: restorePodPath, message, metadata: [], signal });
}

describe("a pod's restore from a checkpoint", () => {
  it("is refused under a policy that asks for anything at all", async () => {
    const decisions: Decision[] = [];
    assert.deepEqual(await ask(strict, "deny", restore, decisions), {
      type: "status",
      status: {
        code: 2,
        message:
          'SignatureValidationFailed: nobody signs what is in the checkpoint "/var/lib/kubelet/checkpoints/pod.tar"; ' +
          "start the pod from its images, or allow restores with --checkpoints allow",
      },
    });
    const [decision] = decisions;
    assert.deepEqual(
      [decision?.call, decision?.code, decision?.image, decision?.namespace],
      ["RestorePod", "CHECKPOINT_REFUSED", restore.checkpointPath, "shop"],
    );
  });

  it("goes on as it came under a policy that lets in every image", async () => {
    assert.deepEqual(await ask(lax, "deny"), { type: "forward" });
  });

  it("goes on as it came where checkpoints are allowed", async () => {
    assert.deepEqual(await ask(strict, "allow"), { type: "forward" });
  });

  it("is refused for a namespace that could be a path, though checkpoints are allowed", async () => {
    const config = { metadata: { namespace: "../policy" } };
    const answer = await ask(strict, "allow", { ...restore, config });
    assert.ok(answer.type === "status");
    assert.match(answer.status.message, /^SignatureValidationFailed: "\.\.\/policy" is not the name/);
  });

  it("is refused if some decoders find another namespace in it, whatever its own may have", async () => {
    const text = (number: number, ...bytes: number[]) => [number * 8 + 2, bytes.length, ...bytes];
    const namespaced = (name: number) => text(2, ...text(1, ...text(3, name)));
    const hidden = namespaced(0x62);
    const handlerAsNumber = [0x18, hidden.length, ...hidden];
    const message = Uint8Array.from([...text(1, 0x2f), ...namespaced(0x61), ...handlerAsNumber]);
    const { type } = await gateOf(lax, "deny").ask({ path: restorePodPath, message, metadata: [], signal });
    assert.equal(type, "status");
  });

  it("is never let in by bytes that are no request", () =>
    fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 64 }), async (message) => {
        const answer = await gateOf(strict, "deny").ask({
          path: restorePodPath,
          message,
          metadata: [],
          signal,
        });
        assert.equal(answer.type, "status");
      }),
    ));
});
