import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type TemporaryRoot, temporaryRoot } from "@countersign/testkit/registry/temporary-root";
import { main } from "../main.ts";
import { recordingTerminal } from "../terminal.ts";

let root: TemporaryRoot;

const resource = `apiVersion: policy.sigstore.dev/v1beta1
kind: ClusterImagePolicy
metadata: {name: a}
spec: {images: [{glob: "**"}], authorities: [{static: {action: pass}}]}
`;

before(() => {
  root = temporaryRoot();
  root.write("cip.yaml", resource);
  root.write("empty.json", "");
  root.write("mark.json", '\ufeff{"default":[{"type":"reject"}]}');
  root.write(
    "table.yaml",
    "policy: cip.yaml\nimages: [{image: busybox, expect: denied, evidence: unsigned}]\n",
  );
});

after(() => root[Symbol.dispose]());

async function run(...argv: readonly string[]) {
  const io = recordingTerminal({ HOME: root.path });
  await main(
    argv.map((word) => word.replace("~", root.path)),
    io,
  );
  return { said: io.said.out + io.said.err, exitCode: io.said.exitCode };
}

describe("a file that was taken for a policy is told what it is", () => {
  const compile = /this is a cluster resource: countersign compile -f FILE/;
  const rows: ReadonlyArray<readonly [argv: readonly string[], said: RegExp]> = [
    [["lint", "~/cip.yaml"], compile],
    [["verify", "--signature-policy", "~/cip.yaml", "busybox"], compile],
    [["explain", "--signature-policy", "~/cip.yaml", "busybox"], compile],
    [["policy", "diff", "~/cip.yaml", "~/cip.yaml"], compile],
    [["policy", "show", "--signature-policy", "~/cip.yaml", "busybox"], compile],
    [["policy", "test", "~/cip.yaml"], compile],
    [["policy", "test", "~/table.yaml"], compile],
    [["lint", "~/empty.json"], /unexpected end of JSON input .*\n +the file is empty: write a policy/],
    [
      ["verify", "--signature-policy", "~/empty.json", "busybox"],
      /^next +the file is empty: write a policy/m,
    ],
    [["policy", "diff", "~/empty.json", "~/empty.json"], /JSON input; the file is empty: write a policy/],
    [["verify", "--signature-policy", "~/mark.json", "busybox"], /^next .*begins with a byte order mark/m],
    [["lint", "~/mark.json"], /begins with a byte order mark: remove it/],
  ];
  for (const [argv, expected] of rows) {
    it(argv.join(" "), async () => {
      const { said, exitCode } = await run(...argv);
      assert.match(said, expected);
      assert.equal(exitCode, 2);
    });
  }
});
