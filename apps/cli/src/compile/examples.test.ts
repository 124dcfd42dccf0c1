import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { main } from "../main.ts";
import { recordingTerminal } from "../terminal.ts";

const directory = join(import.meta.dirname, "../../../../deploy/examples");

/** What an example lacks that only its user has. */
const lacks: Readonly<Record<string, RegExp>> = {
  "ci-identity.yaml":
    /refuses: \S+ spec\.authorities\[0\]\.\S+: the public Sigstore's trusted root is not known here/,
  "namespace-policy.yaml":
    /^enforced {2}\S+ \S+\nhint .* none of which is among these: .*\nfile {6}policy\.json\nfile .*\n$/,
};

describe("countersign compile -f deploy/examples/", () => {
  for (const file of readdirSync(directory)) {
    it(`${file}: it is valid, and enforced unless something of the user's is missing`, async () => {
      const io = recordingTerminal();
      await main(["compile", "-f", join(directory, file)], io);
      const lack =
        lacks[file] ?? /^enforced {2}\S+ \S+\nfile {6}policy\.json\n(file {6}policies\/shop\.json\n)?$/;
      assert.equal(io.said.exitCode, io.said.out.includes("refuses:") ? 1 : 0, io.said.out + io.said.err);
      assert.match(io.said.out, lack);
    });
  }
});
