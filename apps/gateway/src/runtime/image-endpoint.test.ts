import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Gate, RuntimeClient } from "../gate.ts";
import { pullImagePath } from "../pull/runtime-images.ts";
import { refusal } from "../testing/runtime-in-memory.ts";
import { clientByService, takingOutImageService } from "./image-endpoint.ts";

const signal = new AbortController().signal;
const call = (path: string) => ({ path, message: new Uint8Array(), metadata: [], signal });
const named = (name: string): RuntimeClient => ({ unary: async () => refusal(2, name) });

describe("takingOutImageService", () => {
  const answer = { type: "status", status: { code: 2, message: "no" } } as const;
  const gate: Gate = takingOutImageService({ paths: new Set([pullImagePath]), ask: async () => answer });

  it("still decides about pulls", async () => assert.equal(await gate.ask(call(pullImagePath)), answer));

  it("lets the service's other calls go on", async () => {
    const path = "/runtime.v1.ImageService/ListImages";
    assert.ok(gate.paths.has(path));
    assert.deepEqual(await gate.ask(call(path)), { type: "forward" });
  });

  it("leaves the runtime service alone", () =>
    assert.ok([...gate.paths].every((path) => path.startsWith("/runtime.v1.ImageService/"))));
});

describe("clientByService", () => {
  const client = clientByService(named("images"), named("runtime"));
  const rows = [
    [pullImagePath, "images"],
    ["/runtime.v1.RuntimeService/ListContainers", "runtime"],
  ] as const;
  for (const [path, expected] of rows) {
    it(`sends ${path} to the ${expected}' socket`, async () =>
      assert.deepEqual(await client.unary(path, new Uint8Array(), [], signal), refusal(2, expected)));
  }
});
