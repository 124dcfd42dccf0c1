import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { composeRegistriesD } from "@countersign/engine/cluster/compose-registries-d";
import fc from "fast-check";
import { maxAttachmentLines, readAttachmentLines } from "./attachment-lines.ts";
import { parseRegistriesDFile } from "./load-registries-d.ts";
import { parseYaml } from "./parse-yaml.ts";
import { readSignatureStorage } from "./signature-storage.ts";

const attached = { lookaside: undefined, useSigstoreAttachments: true };
const one = 'docker:\n  "quay.io":\n    use-sigstore-attachments: true\n';

const label = fc.stringMatching(/^[a-z0-9]{1,4}$/);
const scope = fc
  .tuple(label, label, fc.constantFrom("", ":5000"), fc.array(label, { maxLength: 3 }), fc.boolean())
  .map(([a, b, port, path, isWild]) => {
    if (isWild) return `*.${a}.${b}`;
    return [`${a}.${b}${port}`, ...path].join("/");
  });

describe("lines that say where signatures are attached", () => {
  it("have the meaning that they have to the YAML parser", () => {
    fc.assert(
      fc.property(fc.array(scope, { maxLength: 20 }), fc.boolean(), (scopes, everywhere) => {
        fc.pre(scopes.length > 0 || everywhere);
        const text = composeRegistriesD([...scopes, ...(everywhere ? [""] : [])]);
        const read = readAttachmentLines(text);
        assert.ok(read !== undefined);
        assert.deepEqual(read, readSignatureStorage(parseYaml(text)));
        for (const said of read.docker.keys()) assert.ok(scopes.includes(said));
      }),
    );
  });

  it("mean the same to both or nothing here, however they are changed", () => {
    const change = fc.record({
      at: fc.nat(one.length),
      drop: fc.nat(3),
      add: fc.string({
        unit: fc.constantFrom(..."\n \"':#{}[]&*<-\\\t\r~", "a", "docker:", "true"),
        maxLength: 3,
      }),
    });
    fc.assert(
      fc.property(fc.constantFrom(one, `${one}${one.slice(8)}`), change, (text, { at, drop, add }) => {
        const changed = text.slice(0, at) + add + text.slice(at + drop);
        const read = readAttachmentLines(changed);
        if (read !== undefined) assert.deepEqual(read, readSignatureStorage(parseYaml(changed)));
      }),
      { numRuns: 500 },
    );
  });

  const others: ReadonlyArray<readonly [what: string, text: string]> = [
    ["nothing", ""],
    ["a scope twice", `${one}${one.slice("docker:\n".length)}`],
    ["a section twice", `${one}${one}`],
    ["no scope", "docker:\n"],
    ["another option", one.replace("true", "false")],
    ["an escape", one.replace("quay.io", "quay\\u002eio")],
    ["a character beyond ASCII", one.replace("quay.io", "quay.io/\u0080")],
    ["a comment", `# mine\n${one}`],
    ["no end of line", one.trimEnd()],
    ["CR LF", one.replaceAll("\n", "\r\n")],
    ["more after them", `${one}x: 1\n`],
    ["a mark of byte order", `\ufeff${one}`],
  ];
  for (const [what, text] of others)
    it(`are not those with ${what}`, () => assert.equal(readAttachmentLines(text), undefined));

  it("may be about ten thousand scopes, and twenty thousand", async () => {
    for (const count of [10_000, 20_000]) {
      const scopes = Array.from({ length: count }, (_, at) => `registry${at % 100}.example/team-${at}/app`);
      const text = composeRegistriesD(scopes);
      const { docker } = await parseRegistriesDFile({ path: "countersign.yaml", text });
      assert.deepEqual([...docker.keys()], [...scopes].sort());
      assert.deepEqual(docker.get(scopes[0] ?? ""), attached);
    }
  });

  it("are told when they are too many, and when one comes twice", async () => {
    const scopes = Array.from({ length: 60_000 }, (_, at) => `registry.example/${at}`);
    const text = composeRegistriesD(scopes);
    assert.ok(text.length > maxAttachmentLines);
    const reading = (content: string) => parseRegistriesDFile({ path: "countersign.yaml", text: content });
    await assert.rejects(reading(text), { code: "CONFIG_INVALID", message: /characters, more than/ });
    await assert.rejects(reading(`${one}${one.slice(8)}`), { message: /already defined/ });
  });
});
