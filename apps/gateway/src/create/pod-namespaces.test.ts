import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { create, toBinary } from "@bufbuild/protobuf";
import { PodSandboxStatusResponseSchema } from "@countersign/sources/cri/generated/cri_pb";
import { type RuntimeInMemory, refusal, runtimeInMemory } from "../testing/runtime-in-memory.ts";
import { type PodNamespaces, podNamespaces } from "./pod-namespaces.ts";

const patient = new AbortController().signal;
let runtime: RuntimeInMemory;
let namespaces: PodNamespaces;

beforeEach(() => {
  runtime = runtimeInMemory();
  runtime.sandboxes.set("abcd", "shop");
  namespaces = podNamespaces(runtime);
});

const namespaceOf = async (id: string) => (await namespaces.sandboxOf(id, [], patient)).namespace;

describe("podNamespaces", () => {
  it("asks the runtime once for a sandbox", async () => {
    assert.equal(await namespaceOf("abcd"), "shop");
    assert.equal(await namespaceOf("abcd"), "shop");
    assert.deepEqual(runtime.calls, ["PodSandboxStatus abcd"]);
  });

  it("asks anew for the beginning of an id, which may mean another sandbox by then, and tells the whole one", async () => {
    assert.deepEqual(await namespaces.sandboxOf("ab", [], patient), { id: "abcd", namespace: "shop" });
    runtime.sandboxes.delete("abcd");
    runtime.sandboxes.set("abef", "other");
    assert.deepEqual(await namespaces.sandboxOf("ab", [], patient), { id: "abef", namespace: "other" });
  });

  it("has none for a sandbox that names none", async () => {
    runtime.sandboxes.set("none", "");
    assert.equal(await namespaceOf("none"), undefined);
  });

  it("takes no namespace that could be a path", async () => {
    runtime.sandboxes.set("path", "../policy");
    await assert.rejects(namespaceOf("path"), { code: "NAMESPACE_INVALID" });
  });

  it("hands on that there is no such sandbox, and asks again the next time", async () => {
    await assert.rejects(namespaceOf("later"), {
      name: "RuntimeRefusal",
      message: /^an error occurred when try to find sandbox/,
    });
    runtime.sandboxes.set("later", "shop");
    assert.equal(await namespaceOf("later"), "shop");
  });

  it("remembers no failure of the runtime", async () => {
    runtime.beforeCall = async () => refusal(14, "the runtime is away");
    await assert.rejects(namespaceOf("abcd"), { name: "RuntimeRefusal", message: "the runtime is away" });
    runtime.beforeCall = async () => undefined;
    assert.equal(await namespaceOf("abcd"), "shop");
  });
});

describe("podNamespaces believes no runtime that", () => {
  const answers: readonly (readonly [
    what: string,
    status: { id?: string; metadata?: { namespace: string } } | undefined,
  ])[] = [
    ["says nothing of the sandbox", undefined],
    ["says nothing of its namespace", { id: "abcd" }],
    ["speaks of another sandbox", { id: "dcba", metadata: { namespace: "lax" } }],
  ];
  for (const [what, status] of answers) {
    it(what, async () => {
      const answer = create(PodSandboxStatusResponseSchema, status === undefined ? {} : { status });
      runtime.beforeCall = async () => ({
        type: "ok",
        message: toBinary(PodSandboxStatusResponseSchema, answer),
      });
      await assert.rejects(namespaceOf("abcd"), { code: "RUNTIME_MISMATCH" });
    });
  }

  it("takes no name at all for one", async () => {
    await assert.rejects(namespaceOf(""), { code: "RUNTIME_MISMATCH" });
  });
});
