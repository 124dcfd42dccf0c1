import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { digestOf } from "@countersign/engine/values/digest";
import { parseImageReference } from "@countersign/engine/values/image-reference";
import { ImageSchema } from "@countersign/sources/cri/generated/cri_pb";
import {
  hasDigest,
  isInstance,
  isNamedBy,
  otherNames,
  pinnedName,
  type VerifiedImage,
} from "./verified-image.ts";

const digest = (text: string) => digestOf(Buffer.from(text));
const [index, instance, config, other] = [
  digest("index"),
  digest("instance"),
  digest("config"),
  digest("other"),
];
const image = (init: MessageInitShape<typeof ImageSchema>) => create(ImageSchema, init);

const reference = parseImageReference("registry.example/app:v1");
const plain: VerifiedImage = { reference, digest: index, instance: index, config };
const chosen: VerifiedImage = { reference, digest: index, instance, config };
const named = (value: string, repository = "registry.example/app") => `${repository}@${value}`;

it("pinnedName is repository and digest", () =>
  assert.equal(pinnedName(plain), `registry.example/app@${index}`));

describe("hasDigest", () => {
  const rows: readonly (readonly [why: string, repoDigests: string[], expected: boolean])[] = [
    ["finds the digest among several", [named(other), named(index)], true],
    ["does not take another digest", [named(other)], false],
    ["does not take another repository's", [named(index, "registry.example/else")], false],
    ["does not take a name it cannot parse", ["<none>@<none>", ""], false],
    ["does not take none for one", [], false],
  ];
  for (const [why, repoDigests, expected] of rows)
    it(why, () => assert.equal(hasDigest(image({ repoDigests }), plain), expected));

  it("knows docker.io by its short names", () => {
    const hub = { ...plain, reference: parseImageReference("busybox") };
    assert.ok(hasDigest(image({ repoDigests: [`docker.io/library/busybox@${index}`] }), hub));
    assert.ok(hasDigest(image({ repoDigests: [`busybox@${index}`] }), hub));
  });
});

describe("isInstance", () => {
  it("asks nothing of an image without index", () => assert.ok(isInstance(image({ id: other }), plain)));
  it("knows containerd's id by the config", () => assert.ok(isInstance(image({ id: config }), chosen)));
  it("knows CRI-O's bare id by the config", () =>
    assert.ok(isInstance(image({ id: config.slice("sha256:".length) }), chosen)));
  it("knows CRI-O's list of digests when its id is another", () =>
    assert.ok(
      isInstance(image({ id: "f".repeat(64), repoDigests: [named(index), named(instance)] }), chosen),
    ));
  it("takes the digest under another repository's name for nothing", () =>
    assert.ok(
      !isInstance(
        image({ id: other, repoDigests: [named(index), named(instance, "registry.example/else")] }),
        chosen,
      ),
    ));
  it("refuses an id and digests that show another choice", () =>
    assert.ok(!isInstance(image({ id: other, repoDigests: [named(index)] }), chosen)));
  it("refuses when the manifest names no config and the digest is not listed", () =>
    assert.ok(!isInstance(image({ id: config }), { ...chosen, config: undefined })));
});

describe("isNamedBy", () => {
  const held = image({ id: config, repoDigests: [named(index)] });
  it("takes the id, with or without algorithm", () => {
    assert.ok(isNamedBy(held, config));
    assert.ok(isNamedBy(held, config.slice("sha256:".length)));
  });
  it("takes a name by digest", () => assert.ok(isNamedBy(held, named(index))));
  it("takes no other id", () => assert.ok(!isNamedBy(held, other)));
  it("takes no tag, which may have moved", () => assert.ok(!isNamedBy(held, "registry.example/app:v1")));
});

describe("otherNames", () => {
  const rows: readonly (readonly [
    why: string,
    repoTags: string[],
    repoDigests: string[],
    expected: number,
  ])[] = [
    ["is empty for the pull's own names", ["registry.example/app:v1"], [named(index)], 0],
    ["counts another tag", ["registry.example/app:v1", "registry.example/app:v2"], [], 1],
    ["counts another repository's digest", [], [named(index, "registry.example/else")], 1],
    ["does not count a placeholder", ["<none>:<none>"], [], 0],
  ];
  for (const [why, repoTags, repoDigests, expected] of rows)
    it(why, () => assert.equal(otherNames(image({ repoTags, repoDigests }), reference).length, expected));
});
