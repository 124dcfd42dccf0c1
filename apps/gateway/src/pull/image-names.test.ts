import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { formatReference } from "@countersign/engine/values/image-reference";
import { registriesConfLoader } from "@countersign/sources/containers-config/load-registries-conf";
import { shortNameResolver } from "@countersign/sources/containers-config/load-short-names";
import { type TemporaryRoot, temporaryRoot } from "@countersign/testkit/registry/temporary-root";
import { dockerHubImage, dockerHubNames, type ImageNames, registriesConfNames } from "./image-names.ts";

const hex = "a".repeat(64);

describe("dockerHubImage", () => {
  const rows: readonly (readonly [why: string, image: string, expected: string])[] = [
    ["completes a short name", "busybox", "docker.io/library/busybox:latest"],
    ["keeps a tag", "registry.example/app:v1", "registry.example/app:v1"],
    ["keeps a digest", `registry.example/app@sha256:${hex}`, `registry.example/app@sha256:${hex}`],
    ["drops the tag beside a digest", `r.example/app:v1@sha256:${hex}`, `r.example/app@sha256:${hex}`],
  ];
  for (const [why, image, expected] of rows)
    it(why, () => assert.equal(formatReference(dockerHubImage(image)), expected));

  const refused: readonly (readonly [why: string, image: string])[] = [
    ["an empty name", ""],
    ["a bare image id", hex],
    ["a transport", "docker://busybox"],
    ["an upper-case repository", "r.example/App"],
    ["a path to a file", "/var/lib/image.tar"],
    ["a newline", "busybox\n"],
  ];
  for (const [why, image] of refused)
    it(`refuses ${why}`, () => assert.throws(() => dockerHubImage(image), { code: "REFERENCE_INVALID" }));
});

async function read(names: ImageNames, name: string): Promise<readonly string[]> {
  const { candidates, isShort } = await names.read(name);
  return [...candidates.map(formatReference), ...(isShort ? ["short"] : [])];
}

describe("dockerHubNames reads", () => {
  const rows: readonly (readonly [name: string, expected: readonly string[]])[] = [
    ["busybox", ["docker.io/library/busybox:latest", "short"]],
    ["team/app:v1", ["docker.io/team/app:v1", "short"]],
    ["docker.io/busybox", ["docker.io/library/busybox:latest"]],
    ["localhost/app:v1", ["localhost/app:v1"]],
  ];
  for (const [name, expected] of rows)
    it(name, async () => assert.deepEqual(await read(dockerHubNames, name), expected));

  it("nothing that is no name", () =>
    assert.rejects(read(dockerHubNames, "App"), {
      code: "REFERENCE_INVALID",
      message: /^couldn't parse image name "App": /,
    }));
});

function namesBy({ environment }: TemporaryRoot): ImageNames {
  return registriesConfNames(shortNameResolver(environment, registriesConfLoader(environment, undefined)));
}

describe("registriesConfNames reads", () => {
  const toml = `unqualified-search-registries = ["a.example", "b.example"]
    [aliases]
    app = "r.example/team/app"`;
  const rows: readonly (readonly [name: string, expected: readonly string[]])[] = [
    ["app:v1", ["r.example/team/app:v1", "short"]],
    [`app:v1@sha256:${hex}`, [`r.example/team/app@sha256:${hex}`, "short"]],
    ["other:v1", ["a.example/other:v1", "b.example/other:v1", "short"]],
    ["docker.io/busybox", ["docker.io/library/busybox:latest"]],
    [`r.example/a:v1@sha256:${hex}`, [`r.example/a@sha256:${hex}`]],
  ];
  for (const [name, expected] of rows) {
    it(name, async () => {
      using root = temporaryRoot();
      root.write("etc/containers/registries.conf", toml);
      assert.deepEqual(await read(namesBy(root), name), expected);
    });
  }

  const refused: readonly (readonly [why: string, name: string, code: string])[] = [
    ["a name that nothing is said of", "app", "SHORT_NAME_UNRESOLVED"],
    ["what is no name", "App", "REFERENCE_INVALID"],
  ];
  for (const [why, name, code] of refused) {
    it(`not ${why}`, async () => {
      using root = temporaryRoot();
      await assert.rejects(read(namesBy(root), name), { code });
    });
  }
});
