import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { parseVerifierCall } from "@countersign/gateway/image-verifier/verifier-call";
import { verifierFlagsHelp } from "@countersign/gateway/image-verifier/verifier-flags";

/** What docs/guide/image-verifier.md shows must work as shown. */
const page = readFileSync(join(import.meta.dirname, "../docs/guide/image-verifier.md"), "utf8");

function block(language: string): string {
  const [, text = ""] = new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, "m").exec(page) ?? [];
  return text;
}

describe("docs/guide/image-verifier.md", () => {
  it("lists the flags as --help does", () => assert.equal(block("text"), `${verifierFlagsHelp()}\n`));

  it("shows a script whose flags are right, with containerd's behind them", () => {
    const [, flags = ""] = / image-verifier \\\n([\s\S]*)"\$@"$/m.exec(block("sh")) ?? [];
    const ours = flags.replaceAll("\\\n", " ").trim().split(/\s+/);
    const theirs = ["-name", "registry.example/app:v1", "-digest", `sha256:${"0".repeat(64)}`];
    const { settings } = parseVerifierCall([...ours, ...theirs, "-stdin-media-type", "x"]);
    assert.deepEqual(
      [settings.signaturePolicy, settings.registryConfigPath],
      ["/etc/containers/policy.json", ["/etc/containerd/certs.d"]],
    );
  });
});
