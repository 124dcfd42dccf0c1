import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { it } from "node:test";
import { demo } from "@countersign/cli/commands/demo";
import { recordingTerminal } from "@countersign/cli/terminal";

const readme = new URL("../README.md", import.meta.url);

/** The registry's port and the digests of the processor's own images differ from machine to machine. */
function comparable(transcript: string): string {
  return transcript
    .replace(/127\.0\.0\.1:\d+/g, "127.0.0.1:5000")
    .replace(/sha256:[0-9a-f]{64}/g, "sha256:…")
    .trim();
}

it("the README shows what the demo prints", async () => {
  const io = recordingTerminal();
  await demo({}, io);
  const text = await readFile(readme, "utf8");
  const [, shown = ""] = /<!-- transcript: npm run demo -->\n```\n(.*?)```/s.exec(text) ?? [];
  assert.equal(comparable(shown), comparable(io.said.out));
  assert.equal(io.said.exitCode, 0);
});
