import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseImageReference } from "@countersign/engine/values/image-reference";
import { replay } from "@countersign/sources/evidence/replay";
import { imageOf, recordingOf } from "../testing/signed-images.ts";
import { presentSources } from "./present-sources.ts";

const repository = "registry.example/signed/app";
const app = imageOf("app");
const other = imageOf("other");
const signal = new AbortController().signal;

/** A registry that has the same manifest under every name. */
const registry = (image: typeof app) => {
  const { image: asked, ...recorded } = recordingOf(`${repository}:v1`, image);
  return {
    open: (located: typeof asked) => replay({ ...recorded, image: located }).open(located, signal),
  };
};

describe("what an image's registry says of it", () => {
  const asked = parseImageReference(`${repository}@${app.digest}`);

  it("is of the manifest that was asked for", async () => {
    const source = await presentSources([], registry(app)).fetch(asked, signal);
    assert.deepEqual(source.manifest, app.manifest);
  });

  // Nobody has signed a broken answer: "no signature exists" would be said of the image, and remembered.
  it("is an error where it gives another one", async () => {
    const fetching = presentSources([], registry(other)).fetch(asked, signal);
    await assert.rejects(fetching, {
      code: "MANIFEST_DIGEST_MISMATCH",
      message: `Manifest does not match provided manifest digest ${app.digest}`,
    });
  });

  it("is taken as it is where a tag was asked for", async () => {
    const tagged = parseImageReference(`${repository}:v1`);
    const source = await presentSources([], registry(other)).fetch(tagged, signal);
    assert.deepEqual(source.manifest, other.manifest);
  });
});
