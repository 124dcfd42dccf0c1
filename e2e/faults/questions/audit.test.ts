import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { digestOf } from "@countersign/engine/values/digest";
import { Violations } from "../violation.ts";
import type { Content, WorldImage } from "../world/images.ts";
import type { Answer } from "./answer.ts";
import { auditLosses } from "./audit.ts";

const content = (name: string): Content => ({
  id: digestOf(Buffer.from(`config of ${name}`)),
  digest: digestOf(Buffer.from(`manifest of ${name}`)),
  signers: new Set(["release"]),
});
const stays: WorldImage = {
  name: "signed/app:v1",
  reference: "registry.example/signed/app:v1",
  group: "signed",
  contents: [content("one")],
  isPreloaded: false,
};
const moves: WorldImage = { ...stays, contents: [content("one"), content("two")] };

const emptyNode = { runtime: { containers: async () => [], images: async () => [] } };

async function lost(image: WorldImage, moving: readonly "image gone"[], containerId?: string) {
  const violations = new Violations();
  const question = { type: "pull", image, namespace: "strict" } as const;
  const answer: Answer = {
    kind: "ok",
    ...{ call: "PullImage", code: 0, message: "", span: { from: 0, until: 1 } },
    ...{ imageRef: image.contents[0].id, containerId },
  };
  await auditLosses(emptyNode, [{ question, answer }], { moving }, violations);
  return violations.all.map(({ message }) => message);
}

describe("what callers were told is there and is not", () => {
  const image = ["pull signed/app:v1 for strict: its image is not there"];
  const container = "pull signed/app:v1 for strict: its container is not there";

  it("is lost", async () => assert.deepEqual(await lost(stays, []), image));
  it("is lost although other images' tags move", async () =>
    assert.deepEqual(await lost(stays, ["image gone"]), image));
  it("is lost although its tag can move, when it does not", async () =>
    assert.deepEqual(await lost(moves, []), image));
  it("may be taken back while its tag moves", async () =>
    assert.deepEqual(await lost(moves, ["image gone"]), []));
  it("is lost while its tag moves when it is a container", async () =>
    assert.deepEqual(await lost(moves, ["image gone"], "none"), [container]));
});
