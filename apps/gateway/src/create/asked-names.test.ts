import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { create } from "@bufbuild/protobuf";
import { formatReference } from "@countersign/engine/values/image-reference";
import { ImageSchema, ImageSpecSchema } from "@countersign/sources/cri/generated/cri_pb";
import { dockerHubImage, dockerHubNames, type ImageNames } from "../pull/image-names.ts";
import { type AskedNames, askedNames } from "./asked-names.ts";

const id = `sha256:${"c".repeat(64)}`;
const digest = `sha256:${"d".repeat(64)}`;

interface Created {
  readonly image: string;
  readonly userSpecifiedImage?: string;
  /** names that the runtime has for the image */
  readonly known?: readonly string[];
  readonly names?: ImageNames;
}

async function asked({ image, userSpecifiedImage = "", known = [], names = dockerHubNames }: Created) {
  const spec = create(ImageSpecSchema, { image, userSpecifiedImage });
  const present = create(ImageSchema, {
    id,
    repoTags: known.filter((name) => !name.includes("@")),
    repoDigests: known.filter((name) => name.includes("@")),
  });
  const { type, names: found } = await askedNames({ role: "container", spec }, present, names);
  return [type, ...found.map(formatReference)] satisfies [AskedNames["type"], ...string[]];
}

/** A short name may be a repository of two hosts. */
const searching: ImageNames = {
  read: async (name) => ({
    candidates: [dockerHubImage(`a.example/${name}`), dockerHubImage(`b.example/${name}`)],
    isShort: true,
  }),
};

describe("askedNames takes", () => {
  const rows: readonly (readonly [what: string, created: Created, expected: readonly string[]])[] = [
    [
      "the name in the pod's spec",
      { image: id, userSpecifiedImage: "busybox", known: ["other.example/x:v1"] },
      ["named", "docker.io/library/busybox:latest"],
    ],
    [
      "the digest of a name with a tag too",
      { image: id, userSpecifiedImage: `r.example/app:v1@${digest}` },
      ["named", `r.example/app@${digest}`],
    ],
    ["a name instead of an id", { image: "r.example/app:v1" }, ["named", "r.example/app:v1"]],
    [
      "all the runtime's names where nobody says one",
      { image: id, known: ["r.example/app:v1", `r.example/app@${digest}`] },
      ["unnamed", "r.example/app:v1", `r.example/app@${digest}`],
    ],
    ["the beginning of an id for an id", { image: "ccccccc", known: [] }, ["unnamed"]],
    [
      "of what a short name may mean the registry that the image is from",
      { image: id, userSpecifiedImage: "app:v1", known: [`b.example/app@${digest}`], names: searching },
      ["named", "b.example/app:v1"],
    ],
    [
      "of what a short name may mean every registry that the image is from",
      {
        image: id,
        userSpecifiedImage: "app:v1",
        known: [`b.example/app@${digest}`, "a.example/app:v2"],
        names: searching,
      },
      ["named", "a.example/app:v1", "b.example/app:v1"],
    ],
    [
      "all that a short name may mean when the image is from none of them",
      { image: id, userSpecifiedImage: "app:v1", known: ["c.example/app:v1"], names: searching },
      ["named", "a.example/app:v1", "b.example/app:v1"],
    ],
  ];
  for (const [what, created, expected] of rows) {
    it(what, async () => assert.deepEqual(await asked(created), expected));
  }

  it("nothing that is no name", () =>
    assert.rejects(asked({ image: id, userSpecifiedImage: "App" }), { code: "REFERENCE_INVALID" }));
});
