import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { CountersignError } from "@countersign/engine/values/error";
import { parseImageReference } from "@countersign/engine/values/image-reference";
import { temporaryRoot } from "@countersign/testkit/registry/temporary-root";
import fc from "fast-check";
import { registriesDLoader } from "./load-registries-d.ts";
import { storageFor } from "./registries-d.ts";

/** Whether attachments are looked for, by the given registries.d files. */
async function uses(files: Readonly<Record<string, string>>, image: string): Promise<boolean | undefined> {
  using root = temporaryRoot();
  for (const [name, text] of Object.entries(files)) root.write(`etc/containers/registries.d/${name}`, text);
  const config = await registriesDLoader(root.environment, undefined)();
  return storageFor(config, parseImageReference(image)).useSigstoreAttachments;
}

const section = (scope: string, value: boolean): string =>
  `  "${scope}":\n    use-sigstore-attachments: ${value}\n`;
const docker = (...sections: string[]): string => `docker:\n${sections.join("")}`;
const byDefault = "default-docker:\n  use-sigstore-attachments: true\n";

describe("use-sigstore-attachments", () => {
  const image = "a.h.example:5000/team/app:v1";
  const scopes = [
    "a.h.example:5000/team/app:v1",
    "a.h.example:5000/team/app",
    "a.h.example:5000/team",
    "a.h.example:5000",
    "*.h.example",
    "*.example",
  ];
  for (const [index, scope] of scopes.entries()) {
    it(`counts for ${scope} before all that is less specific`, async () => {
      const less = scopes.slice(index + 1).map((other) => section(other, true));
      const file = docker(section(scope, false), ...less) + byDefault;
      assert.equal(await uses({ "a.yaml": file }, image), false);
    });
  }

  const rows: readonly (readonly [what: string, text: string, expected: boolean | undefined])[] = [
    ["is unset without any file's word", "", undefined],
    ["falls back to default-docker", byDefault, true],
    ["is not inherited from another host", docker(section("b.h.example:5000", true)), undefined],
    ["is not found under the host without its port", docker(section("a.h.example", true)), undefined],
    [
      "walks past a section that does not say",
      docker('  "a.h.example:5000/team": {lookaside: "file:///x"}\n') + byDefault,
      true,
    ],
    ["walks past an empty section", docker('  "a.h.example:5000/team":\n') + byDefault, true],
    ["takes null for unset", "default-docker:\n  use-sigstore-attachments: null\n", undefined],
    ["takes YAML 1.1's yes", "default-docker:\n  use-sigstore-attachments: yes\n", true],
    ["takes YAML 1.1's off", "default-docker:\n  use-sigstore-attachments: off\n", false],
    ["ignores keys it does not know", `x: [1]\n${byDefault}  future: 1\n`, true],
    ["is found in JSON, which is YAML", '{"default-docker": {"use-sigstore-attachments": true}}', true],
    ["looks no further than the first document", `${byDefault}---\ndefault-docker: 1\n`, true],
    [
      "does not count how often what it ignores is repeated",
      `a: &a [x,x,x,x]\nb: &b [*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c]\ne: [*d,*d,*d,*d]\n${byDefault}`,
      true,
    ],
    [
      "follows anchors and merges",
      "docker:\n  x: &x {use-sigstore-attachments: true}\n  a.h.example:5000:\n    <<: *x\n",
      true,
    ],
  ];
  for (const [what, text, expected] of rows)
    it(what, async () => assert.equal(await uses({ "a.yaml": text }, image), expected));

  it("is read from every *.yaml and nothing else", async () => {
    const files = {
      "a.yaml": docker(section("other", true)),
      "b.yaml": byDefault,
      "c.yml": "default-docker: x",
      "d.json": "x",
    };
    assert.equal(await uses(files, image), true);
  });

  it("is read from one named directory alone", async () => {
    using root = temporaryRoot();
    root.write("etc/containers/registries.d/a.yaml", byDefault);
    root.write("mine/b.yaml", docker(section("x", true)));
    const config = await registriesDLoader(root.environment, join(root.path, "mine"))();
    assert.deepEqual([config.defaultDocker, [...config.docker.keys()]], [undefined, ["x"]]);
  });
});

describe("registries.d is refused when it has", () => {
  const directory = "etc/containers/registries.d";
  const rows: readonly (readonly [why: string, files: Readonly<Record<string, string>>, message: RegExp])[] =
    [
      [
        "two files with one scope",
        { "a.yaml": docker(section("h", true)), "b.yaml": docker(section("h", true)) },
        /^Error parsing signature storage configuration: "docker" namespace "h" defined both in ".*a\.yaml" and ".*b\.yaml"$/,
      ],
      [
        "two files with a default",
        { "a.yaml": byDefault, "b.yaml": byDefault },
        /^Error parsing signature storage configuration: "default-docker" defined both in ".*a\.yaml" and ".*b\.yaml"$/,
      ],
      [
        "one scope twice in a file",
        { "a.yaml": docker(section("h", true), section("h", true)) },
        /^parsing .*a\.yaml: yaml: mapping key "h" already defined$/,
      ],
      ["text that is not YAML", { "a.yaml": "a: b: c" }, /^parsing .*a\.yaml: yaml: /],
      [
        "a list of scopes",
        { "a.yaml": "docker: [h]" },
        /^parsing .*a\.yaml: "docker": a mapping is expected$/,
      ],
      [
        "a scope that is a string",
        { "a.yaml": "docker: {h: x}" },
        /^parsing .*a\.yaml: "docker" namespace "h": a mapping is expected$/,
      ],
      ["a list on top", { "a.yaml": "[]" }, /^parsing .*a\.yaml: the file: a mapping is expected$/],
      [
        "a lookaside that is a list, though attachments are on",
        { "a.yaml": "default-docker: {use-sigstore-attachments: true, lookaside: []}" },
        /^parsing .*a\.yaml: "default-docker": lookaside must be a text$/,
      ],
      [
        "perhaps",
        { "a.yaml": "default-docker: {use-sigstore-attachments: perhaps}" },
        /^parsing .*a\.yaml: "default-docker": use-sigstore-attachments must be true or false$/,
      ],
      ["a reference to nothing", { "a.yaml": "default-docker: *x" }, /^parsing .*a\.yaml: yaml: /],
    ];
  for (const [why, files, message] of rows) {
    it(why, async () => {
      using root = temporaryRoot();
      for (const [name, text] of Object.entries(files)) root.write(`${directory}/${name}`, text);
      await assert.rejects(registriesDLoader(root.environment, undefined)(), {
        code: "CONFIG_INVALID",
        message,
      });
    });
  }

  it("anything else that cannot be understood", async () => {
    using root = temporaryRoot();
    const load = registriesDLoader(root.environment, undefined);
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: fc.constantFrom(..."docker:- \n\t{}[]&*!|>'\"%@`#,?~<=0x1.é\0") }),
        async (text) => {
          root.write(`${directory}/a.yaml`, text);
          try {
            await load();
          } catch (error) {
            assert.equal(CountersignError.from(error).code, "CONFIG_INVALID");
          }
        },
      ),
    );
  });
});
