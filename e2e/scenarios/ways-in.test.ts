import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { WireType } from "@bufbuild/protobuf/wire";
import { status } from "@grpc/grpc-js";
import { pushBusybox } from "../peers/images.ts";
import { containerdVersions, startNode, type TestNode } from "../peers/node.ts";
import { outcomeOf } from "../peers/outcome.ts";

const pullImage = "/runtime.v1.ImageService/PullImage";

/** Other ways to make a real containerd pull through the gateway's socket than the one that is gated. */
for (const version of containerdVersions) {
  describe(`an unsigned image does not come into containerd ${version}`, () => {
    let node: TestNode;
    before(async () => {
      node = await startNode(version);
    });
    after(() => node?.close());

    /** Makes the call, and gives its status after checking that it left nothing on disk. */
    async function statusOf(path: string, message: Uint8Array): Promise<number> {
      const held = await node.runtime.contents();
      const { code } = await outcomeOf(node.kubelet.callBytes(path, message));
      assert.deepEqual(await node.runtime.contents(), held);
      return code;
    }

    it("by an older version of CRI", async () => {
      const { reference } = await pushBusybox(node.registry.host, "signed/older:v1");
      const message = sized(1, sized(1, Buffer.from(reference)));
      assert.equal(await statusOf(pullImage.replace(".v1.", ".v1alpha2."), message), status.UNIMPLEMENTED);
    });

    it("by containerd's own API", async () => {
      const code = await statusOf("/containerd.services.version.v1.Version/Version", new Uint8Array());
      assert.equal(code, status.UNIMPLEMENTED);
    });

    it("in a field that an older decoder takes for another one, behind the name of an image that may be pulled", async () => {
      const free = await pushBusybox(node.registry.host, "free/hiding:v1");
      const { reference } = await pushBusybox(node.registry.host, "signed/hidden:v1");
      const hidden = sized(1, Buffer.from(reference));
      const runtimeHandler = Buffer.of(0x98 | WireType.Varint, 0x01, hidden.length);
      const message = sized(1, sized(1, Buffer.from(free.reference)), runtimeHandler, hidden);
      assert.equal(await statusOf(pullImage, message), status.UNKNOWN);
    });
  });
}

/** A length-delimited protobuf field of fewer than 128 bytes. */
function sized(number: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.of(number * 8 + WireType.LengthDelimited, content.length), content]);
}
