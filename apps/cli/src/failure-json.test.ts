import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { main } from "./main.ts";
import { recordingTerminal } from "./terminal.ts";

async function run(...argv: readonly string[]) {
  const io = recordingTerminal({ HOME: "/nonexistent" });
  await main(argv, io);
  return io.said;
}

const image = "registry.invalid/app:v1";

/** Each command, and command lines of it that are wrong in what it does, with what is said of that. */
const commands: ReadonlyArray<
  readonly [command: string, wrong: readonly (readonly [argv: readonly string[], says: RegExp])[]]
> = [
  ["verify", [[["--timeout", "soon", image], /--timeout/]]],
  ["explain", [[["--platform", "linux", image], /--platform/]]],
  [
    "lint",
    [
      [["--ignore", "NOPE", "x"], /there is no such hint/],
      [["--registries-d", "/nonexistent", "x"], /nonexistent/],
    ],
  ],
  ["doctor", [[["--root", "/nonexistent"], /there is no such directory/]]],
  ["verify-bundle", [[["--bundle", "/nonexistent", "--key", "/nonexistent", "x"], /no such file/]]],
  ["compile", [[["-f", "/nonexistent"], /no such file/]]],
  [
    "sign",
    [
      [[image], /who signs\?/],
      [["--key", "/nonexistent", image], /no such file/],
      [["--key", "x", "UPPER/case"], /repository name must be lowercase/],
    ],
  ],
  ["attest", [[["--type", "vuln", "--predicate", "/nonexistent", image], /no such file/]]],
  [
    "promote",
    [
      [["--key", "/nonexistent", image, image], /no such file/],
      [["--jobs", "no", image, image], /--jobs/],
    ],
  ],
  ["policy show", [[["--signature-policy", "/nonexistent", image], /no such file/]]],
  ["policy test", [[["/nonexistent.yaml"], /no such file/]]],
  ["policy diff", [[["/nonexistent.json", "/nonexistent.json"], /no such file/]]],
];

describe("--output json", () => {
  it("is in this test for every command that has it", async () => {
    const names = async (...above: readonly string[]) => {
      const { out } = await run(...above, "--help");
      const [, list = ""] = out.split("\nCommands:\n");
      return [...list.matchAll(/^ {2}([a-z-]+)/gm)].flatMap(([, name = ""]) =>
        name === "help" ? [] : [name],
      );
    };
    const all = [...(await names()), ...(await names("policy")).map((name) => `policy ${name}`)];
    const speaking: string[] = [];
    for (const name of all) {
      const { out } = await run(...name.split(" "), "--help");
      if (/--output <format>/.test(out)) speaking.push(name);
    }
    assert.deepEqual(speaking.sort(), commands.map(([name]) => name).sort());
  });

  for (const [command, wrong] of commands) {
    const words = command.split(" ");
    const rows = [[["--no-such-flag"], /unknown option '--no-such-flag'|required option/] as const, ...wrong];
    for (const [argv, says] of rows) {
      for (const asking of [["--output", "json"], ["--output=json"]]) {
        it(`is one document when nothing is done: ${command} ${asking.join(" ")} ${argv.join(" ")}`, async () => {
          const { out, exitCode } = await run(...words, ...asking, ...argv);
          assert.equal(exitCode, 2);
          const told = JSON.parse(out);
          assert.match(JSON.stringify(told), says);
          assert.ok(!Array.isArray(told) || told.length === 1);
        });
      }
    }

    it(`is not printed by ${command} where nobody asked for it`, async () => {
      const { out, err, exitCode } = await run(
        ...words,
        "--no-such-flag",
        "--signer-command",
        "x --output json y",
      );
      assert.deepEqual([out, exitCode], ["", 2]);
      assert.match(err, /unknown option|required option/);
    });
  }

  it("is not printed after an answer, and not with help", async () => {
    assert.match((await run("sign", "--output", "json", "--help")).out, /^Usage: /);
  });
});
