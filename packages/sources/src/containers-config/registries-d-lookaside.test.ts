import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseImageReference } from "@countersign/engine/values/image-reference";
import { temporaryRoot } from "@countersign/testkit/registry/temporary-root";
import { registriesDLoader } from "./load-registries-d.ts";
import { storageFor } from "./registries-d.ts";

/** The lookaside of one image, by files at these places below the root directory. */
async function lookaside(
  files: Readonly<Record<string, string>>,
  uid = 0,
  image = "a.h.example:5000/team/app:v1",
): Promise<string | undefined> {
  using root = temporaryRoot({}, uid);
  for (const [path, text] of Object.entries(files)) root.write(path, text);
  const config = await registriesDLoader(root.environment, undefined)();
  return storageFor(config, parseImageReference(image)).lookaside;
}

const etc = "etc/containers/registries.d/a.yaml";
const host = (options: string): string => `docker:\n  a.h.example:5000: {${options}}\n`;
const byDefault = (address: string): string => `default-docker: {lookaside: ${address}}\n`;

describe("the lookaside of an image", () => {
  const rows: readonly (readonly [what: string, text: string, expected: string | undefined])[] = [
    ["is unset without any file's word", "", undefined],
    ["is what the section says", host("lookaside: x"), "x"],
    ["goes by its old name too", host("sigstore: x"), "x"],
    ["has its new name before its old one", host("sigstore: x, lookaside: y"), "y"],
    ["is the old one where the new one is empty", host(`sigstore: x, lookaside: ""`), "x"],
    ["is not the place for writing", host("lookaside-staging: x, sigstore-staging: y"), undefined],
    ["is inherited past a section for writing", host("lookaside-staging: x") + byDefault("y"), "y"],
    ["is inherited past an empty one", host(`lookaside: ""`) + byDefault("y"), "y"],
    ["is inherited past one that is null", host("lookaside: ~") + byDefault("y"), "y"],
    ["is inherited past another option", host("use-sigstore-attachments: on") + byDefault("y"), "y"],
    ["is a text however it is written", host("lookaside: 0x10"), "0x10"],
  ];
  for (const [what, text, expected] of rows) {
    it(what, async () => assert.equal(await lookaside({ [etc]: text }), expected));
  }

  it("has one option of one section and the other of another", async () => {
    using root = temporaryRoot();
    root.write(etc, `${host("use-sigstore-attachments: true")}${byDefault("x")}`);
    const config = await registriesDLoader(root.environment, undefined)();
    assert.deepEqual(storageFor(config, parseImageReference("a.h.example:5000/b:v1")), {
      lookaside: "x",
      useSigstoreAttachments: true,
    });
  });
});

describe("registries.d is read", () => {
  const user = "home/me/.config/containers/registries.d/a.yaml";
  const shared = "usr/share/containers/registries.d/a.yaml";

  it("from the user's, the administrator's and the distribution's directories", async () => {
    for (const path of [user, etc, shared])
      assert.equal(await lookaside({ [path]: byDefault("x") }, 1000), "x");
  });

  it("by the first of them for each name of a file", async () => {
    const files = { [user]: byDefault("user"), [etc]: byDefault("etc"), [shared]: byDefault("shared") };
    assert.equal(await lookaside(files, 1000), "user");
    const { [user]: _, ...system } = files;
    assert.equal(await lookaside(system, 1000), "etc");
  });

  it("from all of them together, and may not say a thing twice", async () => {
    const files = { [etc]: host("lookaside: x"), "usr/share/containers/registries.d/b.yaml": byDefault("y") };
    assert.equal(await lookaside(files), "x");
    assert.equal(await lookaside(files, 0, "other.example/app:v1"), "y");
    await assert.rejects(lookaside({ ...files, [user]: byDefault("z") }), {
      code: "CONFIG_INVALID",
      message:
        /^Error parsing signature storage configuration: "default-docker" defined both in ".*a\.yaml" and ".*b\.yaml"$/,
    });
  });

  it("from directories for root, or for anybody else, or for one user", async () => {
    const rootful = { "etc/containers/registries.rootful.d/a.yaml": byDefault("x") };
    const rootless = { "etc/containers/registries.rootless.d/a.yaml": byDefault("x") };
    const one = { "etc/containers/registries.rootless.d/1000/a.yaml": byDefault("x") };
    assert.deepEqual([await lookaside(rootful), await lookaside(rootful, 1000)], ["x", undefined]);
    assert.deepEqual([await lookaside(rootless), await lookaside(rootless, 1000)], [undefined, "x"]);
    assert.deepEqual([await lookaside(one, 1001), await lookaside(one, 1000)], [undefined, "x"]);
  });

  it("anew when a file of it changed", async () => {
    using root = temporaryRoot();
    const load = registriesDLoader(root.environment, undefined);
    root.write(etc, byDefault("x"));
    const [first, second] = [await load(), await load()];
    assert.equal(first, second);
    root.write(etc, byDefault("y"));
    assert.equal((await load()).defaultDocker?.lookaside, "y");
  });

  it("and refused when what is called like a file is a directory", () =>
    assert.rejects(lookaside({ "etc/containers/registries.d/x.yaml/y": "" }), {
      code: "CONFIG_INVALID",
      message: /^read .*x\.yaml: is a directory$/,
    }));

  it("and refused when it is no UTF-8", async () => {
    using root = temporaryRoot();
    root.write(etc, Buffer.from("# \xff\n", "latin1"));
    await assert.rejects(registriesDLoader(root.environment, undefined)(), { code: "CONFIG_INVALID" });
  });

  const comments: readonly (readonly [what: string, text: string])[] = [
    ["a line separator", "# a\u2028default-docker: x\n"],
    ["a control character", "# a\u0001\n"],
    ["a tab before it", "\t# a\n"],
  ];
  for (const [what, text] of comments) {
    it(`and refused for ${what} in a file of comments`, () =>
      assert.rejects(lookaside({ [etc]: text }), { code: "CONFIG_INVALID" }));
  }
});
