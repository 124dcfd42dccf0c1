import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { describe, it } from "node:test";
import { isSignedBy } from "@countersign/engine/signature/sigstore/check-signed-data";
import { systemTiming } from "@countersign/sources/timing";
import { manualTiming } from "@countersign/testkit/registry/manual-timing";
import { type TemporaryRoot, temporaryRoot } from "@countersign/testkit/registry/temporary-root";
import { createSigningKey, type KeyKind } from "@countersign/testkit/signing-kit/signing-key";
import { commandSigner } from "./command-signer.ts";

const { signal } = new AbortController();
const message = Buffer.from("what is signed");

/** A program as its documentation has it, in Node because that is what there is. */
function program(root: TemporaryRoot, kind: KeyKind, body = ""): string {
  const { privateKey, publicKeyPem } = createSigningKey("elsewhere", kind);
  const key = root.write("key.pem", privateKey.export({ type: "pkcs8", format: "pem" }));
  const script = root.write("signer.mjs", "");
  writeFileSync(
    script,
    `import { createHash, sign } from "node:crypto";
import { readFileSync } from "node:fs";
const { COUNTERSIGN_REQUEST: request, COUNTERSIGN_HASH: hash, COUNTERSIGN_DIGEST: digest } = process.env;
${body}
if (request === "public-key") process.stdout.write(${JSON.stringify(publicKeyPem)});
else {
  const message = readFileSync(0);
  if (hash !== "none" && createHash(hash).update(message).digest("hex") !== digest) process.exit(9);
  const signature = sign(hash === "none" ? null : hash, message, readFileSync(${JSON.stringify(key)}));
  process.stdout.write(signature.toString("base64") + "\\n");
}
`,
  );
  return `'${process.execPath}' '${script}'`;
}

describe("a program signs", () => {
  for (const [kind, hash] of [
    ["p256", "sha256"],
    ["p384", "sha384"],
    ["rsa2048", "sha256"],
    ["ed25519", "sha256"],
  ] as const) {
    it(`with a key of the kind ${kind}, and is asked for the public one`, async () => {
      using root = temporaryRoot();
      const signer = await commandSigner(
        { command: program(root, kind), publicKey: undefined },
        systemTiming,
        signal,
      );
      const signature = await signer.sign(message, hash, signal);
      assert.ok(isSignedBy(signer.publicKey, { type: "bytes", bytes: message }, signature, hash));
    });
  }
});

describe("a program that", () => {
  const right = Buffer.from(createSigningKey("elsewhere").publicKeyPem);
  const rows: readonly (readonly [what: string, command: string, message: RegExp])[] = [
    [
      "is not there",
      "/nonexistent/signer 2>/dev/null",
      /^the signer's program ended with 127 when it was asked for a signature$/,
    ],
    ["fails", "cat >/dev/null; exit 3", /ended with 3/],
    [
      "prints no base64",
      "cat >/dev/null; echo 'Error: no key'",
      /^the signer's program did not print base64$/,
    ],
    ["prints nothing", "cat >/dev/null", /no signature by its key/],
    ["prints something else", "cat >/dev/null; echo AAAA", /no signature by its key/],
    ["prints without end", "yes", /^the signer's program wrote more than 65536 bytes$/],
  ];
  for (const [what, command, expected] of rows) {
    it(`${what} signs nothing`, async () => {
      const signer = await commandSigner({ command, publicKey: right }, systemTiming, signal);
      await assert.rejects(signer.sign(message, "sha256", signal), {
        code: "SIGNER_FAILED",
        message: expected,
      });
    });
  }

  it("signs with another key than it says signs nothing", async () => {
    using root = temporaryRoot();
    const publicKey = Buffer.from(createSigningKey("another").publicKeyPem);
    const signer = await commandSigner({ command: program(root, "p256"), publicKey }, systemTiming, signal);
    await assert.rejects(signer.sign(message, "sha256", signal), /no signature by its key/);
  });

  it("has no public key is not used", () =>
    assert.rejects(commandSigner({ command: "echo none", publicKey: undefined }, systemTiming, signal), {
      code: "SIGNING_KEY_UNUSABLE",
    }));

  it("waits for ever is ended", async () => {
    const timing = manualTiming();
    const signer = await commandSigner({ command: "sleep 600", publicKey: right }, timing, signal);
    const failed = assert.rejects(signer.sign(message, "sha256", signal), {
      code: "SIGNER_FAILED",
      message: "the signer's program gave no answer within 120s",
    });
    await timing.untilAwaited(120_000);
    timing.advance(120_000);
    await failed;
  });
});
