import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { temporaryRoot } from "@countersign/testkit/registry/temporary-root";
import { createPocketSigstore } from "@countersign/testkit/signing-kit/sigstore/pocket-sigstore";
import { main } from "../main.ts";
import { recordingTerminal } from "../terminal.ts";
import { readPublicRoot } from "./public-root.ts";

const kubeconfig = JSON.stringify({
  "current-context": "here",
  contexts: [{ name: "here", context: { cluster: "c", user: "u" } }],
  clusters: [{ name: "c", cluster: { server: "http://127.0.0.1:1" } }],
  users: [{ name: "u", user: { token: "secret" } }],
});
const policy = `apiVersion: policy.sigstore.dev/v1beta1
kind: ClusterImagePolicy
metadata: {name: a}
spec: {images: [{glob: "**"}], authorities: [{static: {action: pass}}]}
`;
const empty = { mediaType: "application/vnd.dev.sigstore.trustedroot+json;version=0.1" };
const junk: Readonly<Record<string, readonly [content: string, why: RegExp]>> = {
  "a readme": ["# Countersign", /trusted root: invalid character '#'/],
  "an empty object": ["{}", /trusted root: .*mediaType/],
  "a root of nobody": [JSON.stringify(empty), /neither a certificate authority nor a log/],
};

describe("--public-trusted-root", () => {
  it("is read if it is one", async () => {
    using root = temporaryRoot();
    const json = Buffer.from(createPocketSigstore().trustedRoot).toString();
    root.write("trusted_root.json", json);
    assert.deepEqual(await readPublicRoot(join(root.path, "trusted_root.json")), {
      type: "found",
      value: { type: "text", json },
    });
  });

  it("that is not there is told with the remedy, and not in Node's words", () =>
    assert.rejects(readPublicRoot("/nonexistent/root.json"), {
      code: "USAGE",
      message:
        /^--public-trusted-root \/nonexistent\/root\.json: no such file or directory; give the public Sigstore's trusted_root\.json/,
    }));

  for (const [what, [content, why]] of Object.entries(junk)) {
    for (const command of ["compile", "controller", "webhook"]) {
      it(`that is ${what} ends ${command} at once: with flag, file, fault and remedy`, async () => {
        using root = temporaryRoot();
        const write = (name: string, text: string) => {
          root.write(name, text);
          return join(root.path, name);
        };
        const file = write("trusted_root.json", content);
        const own =
          command === "compile"
            ? ["-f", write("policy.yaml", policy)]
            : ["--kubeconfig", write("kubeconfig", kubeconfig)];
        const io = recordingTerminal();
        await main([command, ...own, "--public-trusted-root", file], io);
        assert.equal(io.said.exitCode, 2, io.said.out);
        assert.ok(
          io.said.err.startsWith(`countersign: --public-trusted-root ${file}: trusted root: `),
          io.said.err,
        );
        assert.match(io.said.err, why);
        assert.match(
          io.said.err,
          /; give the public Sigstore's trusted_root\.json, as cosign trusted-root create/,
        );
      });
    }
  }
});
