import assert from "node:assert/strict";
import { createServer } from "node:net";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { type TemporaryRoot, temporaryRoot } from "@countersign/testkit/registry/temporary-root";
import { startRuntime } from "@countersign/testkit/runtime/runtime";
import { parseEndpoint } from "../../runtime/runtime-endpoint.ts";
import { type Planted, plantedFiles } from "../../testing/planted-files.ts";
import { thisNode } from "./this-node.ts";

let root: TemporaryRoot;
before(() => {
  root = temporaryRoot();
});
after(() => root[Symbol.dispose]());

const nothing = plantedFiles({});
/** Milliseconds: what answers at all does so on a busy machine too. */
const patient = 600_000;
const socket = (name: string) => parseEndpoint(join(root.path, name));

describe("thisNode asks who serves a socket", () => {
  it("and is told", async () => {
    await using _runtime = await startRuntime({ socket: socket("runtime").path });
    assert.deepEqual(await thisNode(nothing, patient).version(socket("runtime")), {
      type: "answered",
      runtime: "testkit 1.0.0",
    });
  });

  it("that is not there", async () => {
    const answer = await thisNode(nothing, patient).version(socket("none"));
    assert.equal(answer.type, "failed");
    assert.match(answer.type === "failed" ? answer.why : "", /ENOENT/);
  });

  it("that takes the connection and never says a word", async () => {
    const mute = createServer(() => {});
    await new Promise<void>((resolve) => mute.listen(socket("mute").path, resolve));
    const answer = await thisNode(nothing, 50).version(socket("mute"));
    mute.close();
    assert.deepEqual(answer, { type: "failed", why: "no answer within 0.05 seconds" });
  });
});

describe("thisNode asks a program for its version", () => {
  const node = process.execPath;
  const seen = (program: Planted, link = node) =>
    thisNode(plantedFiles({ "/proc/5/exe": { link }, [node]: program }), patient);

  it("when root alone can change it", async () =>
    assert.equal(await seen({ mode: 0o755 }).programVersion(5), process.version));

  const refused: ReadonlyArray<readonly [what: string, program: Planted, link?: string]> = [
    ["that its group may change", { mode: 0o775 }],
    ["that everybody may change", { mode: 0o757 }],
    ["that belongs to somebody else", { mode: 0o755, uid: 1000 }],
    ["that is not there any more", { mode: 0o755 }, `${node} (deleted)`],
    ["that is a directory", { kind: "directory" }],
  ];
  for (const [what, program, link] of refused) {
    it(`but not one ${what}`, async () =>
      assert.equal(await seen(program, link).programVersion(5), undefined));
  }

  it("but not one that it cannot find", async () =>
    assert.equal(await thisNode(nothing).programVersion(5), undefined));
});

it("thisNode takes a directory that is not there for none that is read-only", async () =>
  assert.equal(await thisNode(nothing).isReadOnly(join(root.path, "none")), false));
