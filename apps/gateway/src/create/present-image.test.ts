import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { formatReference, parseImageReference } from "@countersign/engine/values/image-reference";
import { imageOf, presentAs, type TestImage } from "../testing/signed-images.ts";
import { candidateDigests, isJudged, requireName } from "./present-image.ts";

const app = imageOf("app");
const other = imageOf("other");
const third = imageOf("third");
const repository = "registry.example/app";
const storageId = { id: "e".repeat(64) as TestImage["id"] };

describe("candidateDigests gives", () => {
  const rows: readonly (readonly [
    what: string,
    names: readonly string[],
    asked: string,
    found: readonly string[],
  ])[] = [
    ["none of an image that came without", [`${repository}:v1`], `${repository}:v1`, []],
    [
      "each digest once, whoever has it",
      [`${repository}@${app.digest}`, `b.example/x@${app.digest}`],
      repository,
      [app.digest],
    ],
    [
      "the asked repository's first",
      [`a.example/x@${third.digest}`, `${repository}@${other.digest}`, `b.example/x@${app.digest}`],
      `${repository}:v1`,
      [other.digest, third.digest, app.digest],
    ],
    [
      "the asked digest alone, of whichever repository",
      [`${repository}@${other.digest}`, `b.example/x@${app.digest}`],
      `${repository}@${app.digest}`,
      [app.digest],
    ],
    ["nothing of names that are none", ["<none>@<none>", "<none>:<none>"], `${repository}:v1`, []],
    [
      "no more than sixteen",
      Array.from({ length: 40 }, (_, at) => `${repository}@${imageOf(`${at}`).digest}`),
      `${repository}:v1`,
      Array.from({ length: 16 }, (_, at) => imageOf(`${at}`).digest),
    ],
  ];
  for (const [what, names, asked, found] of rows) {
    it(what, () => {
      assert.deepEqual(candidateDigests(presentAs(app, names), parseImageReference(asked)), found);
    });
  }

  it("nothing where the asked digest is not the image's", () => {
    const asked = parseImageReference(`${repository}@${other.digest}`);
    assert.throws(() => candidateDigests(presentAs(app, [`${repository}@${app.digest}`]), asked), {
      code: "RUNTIME_MISMATCH",
    });
  });
});

describe("isJudged", () => {
  const names = [`${repository}@${app.digest}`];
  const rows: readonly (readonly [
    what: string,
    present: ReturnType<typeof presentAs>,
    judged: TestImage,
    bound: boolean,
  ])[] = [
    ["takes containerd's id for the config", presentAs(app, []), app, true],
    ["takes no other config for it, whatever digests are shown", presentAs(other, names), app, false],
    [
      "takes CRI-O's id for the config if it is",
      presentAs({ id: app.id.slice(7) as TestImage["id"] }, []),
      app,
      true,
    ],
    ["takes CRI-O's list of manifests where the id is its own", presentAs(storageId, names), app, true],
    [
      "takes nothing of CRI-O for a manifest that it does not list",
      presentAs(storageId, names),
      other,
      false,
    ],
  ];
  for (const [what, present, { digest, id }, bound] of rows) {
    it(what, () => assert.equal(isJudged(present, { digest, config: id }), bound));
  }

  it("never takes a manifest without a config for containerd's image", () => {
    assert.equal(isJudged(presentAs(app, names), { digest: app.digest, config: undefined }), false);
  });

  it("refuses an id that is no digest", () => {
    const present = presentAs({ id: "sha256:abc" as TestImage["id"] }, names);
    assert.throws(() => isJudged(present, { digest: app.digest, config: app.id }), {
      code: "DIGEST_INVALID",
    });
  });
});

describe("requireName", () => {
  const rows: readonly (readonly [what: string, names: readonly string[], asked: string, known: boolean])[] =
    [
      ["is content with the tag", [`${repository}:v1`], `${repository}:v1`, true],
      ["is content with another tag, for tags move", [`${repository}:v1`], `${repository}:v2`, true],
      ["is content with a digest, for tags go", [`${repository}@${app.digest}`], `${repository}:v1`, true],
      [
        "takes no other repository",
        [`${repository}/sub:v1`, "registry.example/ap:v1"],
        `${repository}:v1`,
        false,
      ],
      ["takes no other registry", ["other.example/app:v1"], `${repository}:v1`, false],
      ["takes no image without a name", [], `${repository}:v1`, false],
      ["takes the asked digest", [`${repository}@${app.digest}`], `${repository}@${app.digest}`, true],
      ["takes no other digest", [`${repository}@${other.digest}`], `${repository}@${app.digest}`, false],
    ];
  for (const [what, names, asked, known] of rows) {
    it(what, () => {
      const reference = parseImageReference(asked);
      const require = () => requireName(presentAs(app, names), reference, false);
      if (known) assert.doesNotThrow(require);
      else
        assert.throws(require, {
          code: "RUNTIME_MISMATCH",
          message: `the runtime does not know the image "${app.id}" as ${formatReference(reference)}; pull it by that name, or write the name's registry`,
        });
    });
  }

  it("takes no other tag where the policy names the tag", () => {
    const reference = parseImageReference(`${repository}:v1`);
    requireName(presentAs(app, [`${repository}:v0`, `${repository}:v1`]), reference, true);
    for (const name of [`${repository}:v2`, `${repository}@${app.digest}`])
      assert.throws(() => requireName(presentAs(app, [name]), reference, true), { code: "RUNTIME_MISMATCH" });
  });
});
