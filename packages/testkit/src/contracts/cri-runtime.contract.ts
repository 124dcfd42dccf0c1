import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Digest } from "@countersign/engine/values/digest";
import type { CriClient } from "../cri-client/cri-client.ts";

/** An image that the runtime can pull. */
export interface ContractImage {
  /** host/path, without tag */
  readonly repository: string;
  readonly tag: string;
  /** of what the registry serves for the tag */
  readonly digest: Digest;
  /** of the config of the runtime's platform */
  readonly id: Digest;
}

export interface ContractRuntime extends AsyncDisposable {
  readonly client: CriClient;
  readonly app: ContractImage;
  /** the same content in another repository */
  readonly twin: ContractImage;
  /** a repository's name that nothing was pushed to, in the same registry */
  readonly emptyRepository: string;
}

/**
 * What a kubelet and the gateway take for granted of a CRI runtime's images, whichever runtime it is and whatever
 * stands before it. Facts of containerd; CRI-O differs in how it writes ids. Needs no pod to run.
 */
export function criRuntimeContract(name: string, open: () => Promise<ContractRuntime>): void {
  const byTag = ({ repository, tag }: ContractImage) => ({ image: { image: `${repository}:${tag}` } });
  const byDigest = ({ repository, digest }: ContractImage) => ({
    image: { image: `${repository}@${digest}` },
  });

  describe(`${name}, as a CRI runtime,`, () => {
    it("says who it is: all four fields, or no kubelet starts", async () => {
      await using runtime = await open();
      const { $typeName, ...version } = await runtime.client.version({});
      assert.deepEqual(
        Object.entries(version).filter(([, text]) => text === ""),
        [],
      );
      assert.equal(version.runtimeApiVersion, "v1");
    });

    it("says where images are kept, or no kubelet starts", async () => {
      await using runtime = await open();
      const { imageFilesystems } = await runtime.client.imageFsInfo({});
      assert.notEqual(imageFilesystems[0]?.fsId?.mountpoint ?? "", "");
    });

    it("is ready", async () => {
      await using runtime = await open();
      const { status } = await runtime.client.status({});
      assert.equal(status?.conditions.find(({ type }) => type === "RuntimeReady")?.status, true);
    });

    it("knows nothing of an image before it was pulled", async () => {
      await using runtime = await open();
      assert.equal((await runtime.client.imageStatus(byTag(runtime.app))).image, undefined);
    });

    it("gives an image its config's digest for an id, and finds it by tag, digest and id", async () => {
      await using runtime = await open();
      const { client, app } = runtime;
      assert.equal((await client.pullImage(byTag(app))).imageRef, app.id);
      const names = [byTag(app), byDigest(app), { image: { image: app.id } }];
      const found = await Promise.all(names.map((spec) => client.imageStatus(spec)));
      assert.deepEqual(
        found.map(({ image }) => image?.id),
        [app.id, app.id, app.id],
      );
    });

    it("lists an image with its tag and the digest of what the registry served", async () => {
      await using runtime = await open();
      const { client, app } = runtime;
      await client.pullImage(byTag(app));
      const image = (await client.listImages({})).images.find(({ id }) => id === app.id);
      assert.deepEqual(image?.repoTags, [`${app.repository}:${app.tag}`]);
      assert.deepEqual(image?.repoDigests, [`${app.repository}@${app.digest}`]);
      assert.ok((image?.size ?? 0n) > 0n);
    });

    it("knows no tag of an image that was pulled by digest, nor of one pulled by both", async () => {
      await using runtime = await open();
      const { client, app } = runtime;
      await client.pullImage(byDigest(app));
      await client.pullImage({ image: { image: `${app.repository}:${app.tag}@${app.digest}` } });
      assert.equal((await client.imageStatus(byTag(app))).image, undefined);
      assert.deepEqual((await client.imageStatus(byDigest(app))).image?.repoTags, []);
    });

    it("has one image for the same content, with the names of both repositories", async () => {
      await using runtime = await open();
      const { client, app, twin } = runtime;
      await client.pullImage(byTag(app));
      await client.pullImage(byTag(twin));
      const image = (await client.imageStatus(byTag(twin))).image;
      assert.equal(image?.id, app.id);
      assert.deepEqual(
        image?.repoTags.toSorted(),
        [app, twin].map(({ repository, tag }) => `${repository}:${tag}`).toSorted(),
      );
    });

    it("removes an image with all its names, and takes an absent one for removed", async () => {
      await using runtime = await open();
      const { client, app, twin } = runtime;
      await client.pullImage(byTag(app));
      await client.pullImage(byTag(twin));
      await client.removeImage(byTag(app));
      assert.equal((await client.imageStatus(byTag(twin))).image, undefined);
      await client.removeImage(byTag(app));
    });

    it("refuses to pull what is not there, naming it", async () => {
      await using runtime = await open();
      const image = `${runtime.emptyRepository}:v1`;
      await assert.rejects(runtime.client.pullImage({ image: { image } }), (error: { details: string }) =>
        error.details.includes(image),
      );
    });

    it("answers a method of the future with UNIMPLEMENTED", async () => {
      await using runtime = await open();
      const probe = runtime.client.callBytes("/runtime.v1.RuntimeService/NotYetInvented", new Uint8Array());
      await assert.rejects(probe, { code: 12 });
    });
  });
}
