import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { configDigestOf, openNode } from "./testing/node-in-process.ts";

/** Lets in what one exact name means, and nothing else. */
const onlyNamed = (scope: string) =>
  JSON.stringify({
    default: [{ type: "reject" }],
    transports: { docker: { [scope]: [{ type: "insecureAcceptAnything" }] } },
  });
const notKnownAs = { code: 2, details: /^SignatureValidationFailed: the runtime does not know the image / };

describe("a policy that names the one image it lets in", () => {
  it("by digest keeps the repository's other images out, whatever they are called", async () => {
    await using node = await openNode();
    const good = node.publish("free/app:good");
    const evil = node.publish("free/app:evil");
    const name = `${node.reference("free/app")}@${good.digest}`;
    await node.writePolicy("lax", '{"default":[{"type":"insecureAcceptAnything"}]}');
    await node.pull("free/app:evil", "lax");
    await node.writePolicy("strict", onlyNamed(name));
    const pod = await node.runPod("strict");
    await assert.rejects(node.create(pod, { image: configDigestOf(evil), name }), notKnownAs);
    await node.pull(`free/app@${good.digest}`, "strict");
    await node.create(pod, { image: configDigestOf(good), name });
    assert.deepEqual(node.contentsOfContainers(), [[configDigestOf(good)]]);
  });

  it("by tag keeps the repository's other tags out, whatever they are called", async () => {
    await using node = await openNode();
    const good = node.publish("free/app:good");
    const evil = node.publish("free/app:evil");
    const name = node.reference("free/app:good");
    await node.writePolicy("lax", '{"default":[{"type":"insecureAcceptAnything"}]}');
    await node.pull("free/app:evil", "lax");
    await node.writePolicy("strict", onlyNamed(name));
    const pod = await node.runPod("strict");
    await assert.rejects(node.create(pod, { image: configDigestOf(evil), name }), notKnownAs);
    await node.pull("free/app:good", "strict");
    await node.create(pod, { image: configDigestOf(good), name });
    assert.deepEqual(node.contentsOfContainers(), [[configDigestOf(good)]]);
  });
});
