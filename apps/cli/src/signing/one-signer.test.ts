import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { temporaryRoot } from "@countersign/testkit/registry/temporary-root";
import { main } from "../main.ts";
import { recordingTerminal } from "../terminal.ts";

const root = temporaryRoot();
after(() => root[Symbol.dispose]());

const image = "registry.invalid/app:v1";
const commands: readonly (readonly string[])[] = [
  ["sign", image],
  ["sign", "--dry-run", image],
  ["attest", "--type", "vuln", "--predicate", root.write("predicate.json", "{}"), image],
  ["promote", image, "registry.invalid/public:v1"],
];

const apart: readonly (readonly [one: string, other: string])[] = [
  ["--key", "--signer-command"],
  ["--key", "--fulcio-url"],
  ["--key", "--identity-token"],
  ["--key", "--identity-token-file"],
  ["--signer-command", "--fulcio-url"],
  ["--signer-command", "--identity-token"],
  ["--signer-command", "--identity-token-file"],
  ["--identity-token", "--identity-token-file"],
];
const refused: readonly (readonly [flags: readonly string[], text: string])[] = [
  ...apart.map(
    ([one, other]) => [[other, one], `${one} and ${other} are both given: leave one out`] as const,
  ),
  [["--signer-public-key", "--key"], "--signer-public-key goes with --signer-command"],
  [["--signer-public-key", "--fulcio-url"], "--signer-public-key goes with --signer-command"],
  [["--password-file", "--signer-command"], "--password-file goes with --key"],
  [["--password-file", "--fulcio-url"], "--password-file goes with --key"],
  [["--identity-token"], "--identity-token goes with --fulcio-url, or with a --signing-config"],
  [["--identity-token-file"], "--identity-token-file goes with --fulcio-url, or with a --signing-config"],
];

describe("flags of which one would be passed over are wrong usage", () => {
  for (const command of commands) {
    for (const [flags, text] of refused) {
      it(`${command.slice(0, -1).join(" ").replace(root.path, "")} ${flags.join(" ")}`, async () => {
        const io = recordingTerminal();
        const given = flags.flatMap((flag) => [
          flag,
          flag === "--fulcio-url" ? "https://fulcio.invalid" : "x",
        ]);
        await main([...command, ...given], io);
        assert.deepEqual([io.said.exitCode, io.said.out], [2, ""]);
        assert.ok(io.said.err.startsWith(`countersign: ${text}`), io.said.err);
      });
    }
  }
});
