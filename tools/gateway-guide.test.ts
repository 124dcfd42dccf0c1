import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { readPolicy } from "@countersign/engine/policy/parse-policy";
import { parseGatewayConfig } from "@countersign/gateway/config";
import { gatewayFlagsHelp } from "@countersign/gateway/gateway-flags";

/** What docs/guide/gateway.md shows must work as shown. */
const page = readFileSync(join(import.meta.dirname, "../docs/guide/gateway.md"), "utf8");

function blocks(language: string): string[] {
  return [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, "gm"))].map(
    ([, text = ""]) => text,
  );
}

describe("docs/guide/gateway.md", () => {
  it("lists the flags as --help does", () => assert.deepEqual(blocks("text"), [`${gatewayFlagsHelp()}\n`]));

  it("shows policies that parse", () => {
    const policies = blocks("json");
    assert.ok(policies.length > 0);
    for (const policy of policies) assert.deepEqual(readPolicy(Buffer.from(policy)).faults, []);
  });

  it("shows a unit whose command line is right", () => {
    const [unit = ""] = blocks("ini");
    const [, command = ""] = /^ExecStart=\S+ gateway \\\n((?:.*\\\n)*.*)$/m.exec(unit) ?? [];
    const argv = command.replaceAll("\\\n", " ").trim().split(/\s+/);
    assert.equal(parseGatewayConfig(argv).runtimeEndpoint.path, "/run/containerd/containerd.sock");
  });
});
