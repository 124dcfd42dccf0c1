import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readPolicy } from "./parse-policy.ts";

const valid = '{"default":[{"type":"reject"}]}';
const resource =
  "this is a cluster resource: countersign compile -f FILE --out DIR makes the policy files of it";
const cip = (kind: string) =>
  `apiVersion: policy.sigstore.dev/v1beta1\nkind: ${kind}\nmetadata: {name: a}\nspec:\n  images: [{glob: "**"}]\n`;

describe("what is no policy is told to be", () => {
  const rows: ReadonlyArray<
    readonly [what: string, bytes: string | Uint8Array, message: RegExp, remedy: string | RegExp]
  > = [
    ["empty", "", /^unexpected end of JSON input$/, /^the file is empty: write a policy/],
    ["empty, with lines", " \n\n", /^unexpected end of JSON input$/, /^the file is empty: write a policy/],
    ["a ClusterImagePolicy", cip("ClusterImagePolicy"), /^invalid character 'a' looking/, resource],
    ["an ImagePolicy", cip("ImagePolicy"), /^invalid character 'a'/, resource],
    ["a TrustRoot", cip("TrustRoot"), /^invalid character 'a'/, resource],
    ["one after a line of three", `---\r\n${cip('"TrustRoot" # it')}`, /^invalid character '-'/, resource],
    ["one after a comment", `# ours\n${cip("ImagePolicy")}`, /^invalid character '#'/, resource],
    [
      "one in JSON",
      JSON.stringify({ apiVersion: "policy.sigstore.dev/v1beta1", kind: "ClusterImagePolicy", spec: {} }),
      /^Unknown key "apiVersion"$/,
      resource,
    ],
    [
      "begun by a byte order mark",
      `\ufeff${valid}`,
      /^invalid character 'ï'/,
      /byte order mark: remove it, as/,
    ],
    ["UTF-16", Buffer.from(`\ufeff${valid}`, "utf16le"), /^invalid character 'ÿ'/, /UTF-16, .* as UTF-8/],
    [
      "UTF-16, the other way round",
      Buffer.from(`\ufeff${valid}`, "utf16le").swap16(),
      /^invalid character 'þ'/,
      /UTF-16: save it as UTF-8/,
    ],
  ];
  for (const [what, bytes, message, remedy] of rows) {
    it(what, () => {
      const [fault] = readPolicy(Buffer.from(bytes)).faults;
      assert.match(fault?.message ?? "", message);
      assert.match(fault?.remedy ?? "", typeof remedy === "string" ? new RegExp(`^${remedy}$`) : remedy);
    });
  }

  const unknown: ReadonlyArray<readonly [what: string, text: string]> = [
    ["other YAML", cip("Deployment")],
    ["YAML that only speaks of a kind", "kind: ClusterImagePolicy\n"],
    ["a truncated policy", valid.slice(0, -1)],
    ["a policy with an unknown key", '{"default":[{"type":"reject"}],"kind":"ClusterImagePolicy"}'],
    ["a list", "[]"],
  ];
  for (const [what, text] of unknown) {
    it(`nothing more than its parser says, for ${what}`, () => {
      const [fault] = readPolicy(Buffer.from(text)).faults;
      assert.equal(fault?.remedy, undefined);
      assert.notEqual(fault?.message, undefined);
    });
  }
});
