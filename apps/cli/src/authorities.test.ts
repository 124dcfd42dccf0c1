import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { Digest } from "@countersign/engine/values/digest";
import { answers } from "@countersign/testkit/registry/faults";
import { bundleReferrer } from "@countersign/testkit/registry/referrers";
import { startRegistry, type TestRegistry } from "@countersign/testkit/registry/registry";
import { answer } from "@countersign/testkit/registry/registry-answer";
import { temporaryRoot } from "@countersign/testkit/registry/temporary-root";
import { cosignPayload } from "@countersign/testkit/signing-kit/cosign-signature";
import { createSigningKey } from "@countersign/testkit/signing-kit/signing-key";
import { type BundleSigner, keySigner } from "@countersign/testkit/signing-kit/sigstore/bundle-signer";
import { cosignSignatureLayer } from "@countersign/testkit/signing-kit/sigstore/cosign-attachment";
import { predicateTypes, subjectOf } from "@countersign/testkit/signing-kit/sigstore/in-toto-statement";
import { signMessage } from "@countersign/testkit/signing-kit/sigstore/made-signature";
import { createPocketSigstore } from "@countersign/testkit/signing-kit/sigstore/pocket-sigstore";
import { main } from "./main.ts";
import { recordingTerminal } from "./terminal.ts";

const root = temporaryRoot();
const pocket = createPocketSigstore();
const release = keySigner(createSigningKey("release"));
const eve = keySigner(createSigningKey("eve"));
const workflow = "https://ci.example/shop/app/.github/workflows/release.yaml@refs/heads/main";
const oidcIssuer = "https://token.ci.example";
const ci = pocket.certify({ names: [["uri", workflow]], oidcIssuer });
const base64 = (content: string | Uint8Array) => Buffer.from(content).toString("base64");

let registry: TestRegistry;
before(async () => {
  registry = await startRegistry();
  root.write("registries.conf", `[[registry]]\nlocation = "${registry.address}"\ninsecure = true\n`);
});
after(async () => {
  await registry.close();
  root[Symbol.dispose]();
});

const key = { name: "release", key: { data: base64(release.key.publicKeyPem) } };
const keyless = (identity: object = { issuer: oidcIssuer, subject: workflow }) => ({
  name: "ci",
  keyless: { trustedRoot: { data: base64(pocket.trustedRoot) }, identities: [identity] },
});
const sigstore = (authorities: readonly object[], changes: object = {}) => ({
  type: "sigstore",
  authorities,
  ...changes,
});

let count = 0;
/** Publishes an image that nobody has signed yet. */
function publish(): { readonly repository: string; readonly digest: Digest } {
  const repository = `app${++count}`;
  return { repository, digest: registry.image(`${repository}:v1`, { files: { name: repository } }).digest };
}
type Published = ReturnType<typeof publish>;

const attach = ({ repository, digest }: Published, bundle: Uint8Array) =>
  registry.attachReferrer(repository, digest, bundleReferrer(bundle));
const sign = (image: Published, signer: BundleSigner = release) =>
  attach(image, pocket.signImage(image.digest, signer, signer.type === "key" ? { entry: "none" } : {}));
const attest = (image: Published, predicateType: string, predicate: unknown) => {
  const statement = { subjects: [subjectOf(image.digest)], predicateType, predicate };
  attach(image, pocket.attest(statement, release, { entry: "none" }));
};

async function ask(
  command: "verify" | "explain",
  { repository }: Published,
  requirements: readonly object[],
  ...flags: readonly string[]
) {
  const file = root.write("policy.json", JSON.stringify({ countersign: 1, default: requirements }));
  const io = recordingTerminal({ HOME: join(root.path, "home") });
  const argv = [command, "--signature-policy", file, "--registries-conf", join(root.path, "registries.conf")];
  await main([...argv, ...flags, `${registry.address}/${repository}:v1`], io);
  return io.said;
}

async function json(image: Published, ...requirements: readonly object[]) {
  const { out, exitCode } = await ask("verify", image, requirements, "--output", "json");
  return { ...JSON.parse(out), exitCode };
}

describe("countersign verify by authorities", () => {
  const vulnerabilities = {
    ...key,
    attestations: [
      { name: "scan", predicateType: "vuln", policy: { type: "cel", expression: "predicate.critical == 0" } },
    ],
  };
  const rows: ReadonlyArray<
    readonly [
      what: string,
      prepare: (image: Published) => void,
      requirement: object,
      code: string,
      exit: number,
    ]
  > = [
    ["allows a bundle by a key", (image) => sign(image), sigstore([key]), "", 0],
    ["allows a bundle by an identity", (image) => sign(image, ci), sigstore([key, keyless()]), "", 0],
    [
      "allows an identity by a pattern",
      (image) => sign(image, ci),
      sigstore([keyless({ issuerRegExp: "https://token\\.ci\\.example", subjectRegExp: ".*/shop/app/.*" })]),
      "",
      0,
    ],
    [
      "denies an identity that a pattern only finds within another",
      (image) => sign(image, ci),
      sigstore([keyless({ issuer: oidcIssuer, subjectRegExp: "shop/app" })]),
      "SIGNATURE_NOT_ACCEPTED",
      1,
    ],
    [
      "denies another key's bundle",
      (image) => sign(image, eve),
      sigstore([key]),
      "SIGNATURE_NOT_ACCEPTED",
      1,
    ],
    ["denies what nobody signed", () => {}, sigstore([key]), "SIGNATURE_MISSING", 1],
    [
      "denies what a static authority refuses",
      (image) => sign(image),
      sigstore([{ static: { action: "fail", message: "no more" } }]),
      "POLICY_REJECTS",
      1,
    ],
    [
      "allows an attestation that says what it must",
      (image) => attest(image, predicateTypes.vulnerabilities, { critical: 0 }),
      sigstore([vulnerabilities]),
      "",
      0,
    ],
    [
      "denies an attestation that says something else",
      (image) => attest(image, predicateTypes.vulnerabilities, { critical: 1 }),
      sigstore([vulnerabilities]),
      "ATTESTATION_NOT_ACCEPTED",
      1,
    ],
    [
      "denies without the attestation",
      (image) => sign(image),
      sigstore([vulnerabilities]),
      "ATTESTATION_MISSING",
      1,
    ],
    [
      "cannot decide without its key",
      (image) => sign(image),
      sigstore([{ key: { path: "/nowhere" } }]),
      "TRUST_FILE_UNREADABLE",
      3,
    ],
    ["allows what only warns", () => {}, { ...sigstore([key]), mode: "warn" }, "", 0],
    [
      "allows one of two alternatives",
      (image) => sign(image),
      { type: "anyOf", alternatives: [[{ type: "reject" }], [sigstore([key])]] },
      "",
      0,
    ],
  ];
  for (const [what, prepare, requirement, code, exit] of rows) {
    it(what, async () => {
      const image = publish();
      prepare(image);
      const answer = await json(image, requirement);
      assert.deepEqual([answer.code, answer.exitCode], [code, exit]);
    });
  }

  it("tells programs of each authority, and who signed", async () => {
    const image = publish();
    sign(image, ci);
    const { requirements } = await json(image, sigstore([key, keyless()]));
    const [{ type, outcome, authorities }] = requirements;
    assert.deepEqual([type, outcome], ["sigstore", "satisfied"]);
    const [{ signatures: rejected, ...byKey }, { signatures: accepted, ...byIdentity }] = authorities;
    assert.deepEqual(byKey, {
      name: "release",
      type: "key",
      outcome: "failed",
      reason: "signed with a certificate, where a key is expected",
      attestations: [],
    });
    assert.deepEqual(byIdentity, {
      name: "ci",
      type: "keyless",
      outcome: "satisfied",
      reason: "",
      attestations: [],
    });
    assert.equal(rejected[0].certificate, null);
    assert.deepEqual(accepted[0].certificate, {
      issuer: oidcIssuer,
      names: [{ type: "uri", value: workflow }],
    });
    assert.deepEqual(accepted[0].claims, { digest: image.digest, identity: null });
  });

  it("tells programs of warnings", async () => {
    const image = publish();
    const { decision, warnings, requirements } = await json(image, { ...sigstore([key]), mode: "warn" });
    const message = "A signature was required, but no signature exists";
    assert.deepEqual([decision, warnings], ["allowed", [{ code: "SIGNATURE_MISSING", message }]]);
    assert.deepEqual(
      [requirements[0].type, requirements[0].mode, requirements[0].outcome],
      ["sigstore", "warn", "failed"],
    );
  });

  it("tells people of warnings", async () => {
    const { out, exitCode } = await ask("verify", publish(), [{ ...sigstore([key]), mode: "warn" }]);
    assert.equal(exitCode, 0);
    assert.match(
      out,
      /^allowed +\S+\nwarning +A signature was required, but no signature exists \(SIGNATURE_MISSING\)\n/,
    );
  });
});

describe("countersign explain shows", () => {
  it("each authority, each signature, and which identity was in its certificate", async () => {
    const image = publish();
    const { digest, repository } = image;
    sign(image, ci);
    const made = signMessage(eve.key, cosignPayload({ digest, reference: repository }));
    assert.ok(made.type === "message");
    registry.attachSignatures(repository, digest, [cosignSignatureLayer(made, eve)]);
    const stranger = keyless({ issuer: oidcIssuer, subject: "https://ci.example/other" });
    const { out } = await ask("explain", image, [sigstore([key, stranger])]);
    const lines = out.split("\n").map((line) => line.trim());
    const expected = [
      "1. sigstore: one of release (key), ci (keyless), identity digestOnly: fails",
      "release: a sigstore signature by the key in the policy itself: fails",
      "rejected: the signature is not of the expected key",
      "rejected: signed with a certificate, where a key is expected",
      `rejected: Signature by "${workflow}" of "${oidcIssuer}" is not accepted`,
      `signed with a certificate for uri "${workflow}", issued for ${oidcIssuer}`,
      `it says it signs ${digest} under no name`,
    ];
    for (const line of expected) assert.ok(lines.includes(line), `${line}\n\n${out}`);
    assert.ok(lines.some((line) => line.startsWith(`- ${registry.address}/${repository}@sha256:`)));
    assert.ok(lines.some((line) => line.startsWith(`- ${registry.address}/${repository}:sha256-`)));
  });

  it("where an authority looked", async () => {
    const { out } = await ask("explain", publish(), [sigstore([key])]);
    assert.match(
      out,
      /looked for bundles that refer to it and for sha256-….sig beside the image: there is none/,
    );
  });

  it("each demand for an attestation", async () => {
    const image = publish();
    attest(image, predicateTypes.provenance, {});
    const attestations = [
      { name: "provenance", predicateType: predicateTypes.provenance },
      { name: "sbom", predicateType: "spdxjson" },
    ];
    const { out } = await ask("explain", image, [sigstore([{ ...key, attestations }])]);
    assert.match(out, /attestation provenance \(https:\/\/slsa.dev\/provenance\/v1\): holds\n/);
    assert.match(out, /attestation sbom \(https:\/\/spdx.dev\/Document\): fails\n +An attestation of type /);
  });

  it("each alternative", async () => {
    const { out } = await ask("explain", publish(), [
      {
        type: "anyOf",
        alternatives: [[{ type: "insecureAcceptAnything" }, { type: "reject" }], [sigstore([key])]],
      },
    ]);
    assert.match(out, /alternative 1\n +1\. insecureAcceptAnything: .*: holds\n +2\. reject: .*: fails\n/);
    assert.match(out, /alternative 2\n +1\. sigstore: .*: fails\n/);
  });

  it("what only warns", async () => {
    const { out } = await ask("explain", publish(), [
      { type: "reject", mode: "warn" },
      { type: "insecureAcceptAnything" },
    ]);
    assert.match(out, /^allowed /);
    assert.match(out, /1\. reject: nothing in this scope may run: fails, and only warns\n/);
    assert.match(out, /warning +Running image .* is rejected by policy\. \(POLICY_REJECTS\)\n/);
  });
});

describe("a bundle beside an image whose policy is that of the containers tools", () => {
  const plain = {
    type: "sigstoreSigned",
    keyData: key.key.data,
    signedIdentity: { type: "matchRepository" },
  };
  const bundleAt = ({ repository }: Published) =>
    new RegExp(`^${registry.address}/${repository}@sha256:\\w{64}$`);

  it("is named by explain, with what would have it read", async () => {
    const image = publish();
    sign(image);
    const { out, exitCode } = await ask("explain", image, [plain]);
    assert.equal(exitCode, 1);
    assert.match(out, /there is a bundle, \S+@sha256:\w{64}, which it does not read\n/);
    assert.match(out, /not looked for among the bundles that refer to \S+@sha256:\w{64}: it reads none\n/);
    assert.match(
      out,
      /next +signatures beside the image are not looked for; .*use-sigstore-attachments: true\}\}\. If there are none: a sigstore bundle is beside the image, .*"countersign": 1.* countersign sign --key KEY --format legacy --identity \S+:v1 \S+@sha256:\w{64}\n/,
    );
  });

  it("is told to programs", async () => {
    const image = publish();
    sign(image);
    const { code, unreadBundles } = await json(image, plain);
    assert.equal(code, "SIGNATURE_MISSING");
    assert.equal(unreadBundles.length, 1);
    assert.match(unreadBundles[0], bundleAt(image));
  });

  it("is told where a signature is there that is not accepted", async () => {
    const image = publish();
    sign(image);
    const made = signMessage(eve.key, cosignPayload({ digest: image.digest, reference: image.repository }));
    assert.ok(made.type === "message");
    registry.attachSignatures(image.repository, image.digest, [cosignSignatureLayer(made, eve)]);
    const registriesD = root.write(
      "registries.d/all.yaml",
      "default-docker: {use-sigstore-attachments: true}\n",
    );
    const { out } = await ask("explain", image, [plain], "--registries-d", join(registriesD, ".."));
    assert.match(out, /rejected: .*\n(?:.*\n)*? +there is a bundle/);
    assert.match(out, /next +a sigstore bundle is beside the image/);
  });

  const silent: ReadonlyArray<readonly [what: string, requirements: readonly object[], signed: boolean]> = [
    ["where there is none", [plain], false],
    [
      "where the policy reads bundles",
      [sigstore([{ ...key, key: { data: base64(eve.key.publicKeyPem) } }])],
      true,
    ],
    ["where the policy refuses whatever is signed", [{ type: "reject" }], true],
  ];
  for (const [what, requirements, signed] of silent) {
    it(`is not made up ${what}`, async () => {
      const image = publish();
      if (signed) sign(image);
      const { decision, unreadBundles } = await json(image, ...requirements);
      assert.deepEqual([decision, unreadBundles], ["denied", []]);
    });
  }

  it("that cannot be listed changes no answer", async () => {
    const image = publish();
    registry.fail(new RegExp(`/${image.repository}/referrers/`), answers(answer(500)));
    const { code, unreadBundles } = await json(image, plain);
    assert.deepEqual([code, unreadBundles], ["SIGNATURE_MISSING", []]);
  });
});

describe("countersign verify says what to do about", () => {
  const remedyFor = async (prepare: (image: Published) => void, requirement: object) => {
    const image = publish();
    prepare(image);
    const { out } = await ask("verify", image, [requirement]);
    return /\nnext +(.*)\n/
      .exec(out)?.[1]
      ?.replaceAll(`${registry.address}/${image.repository}@${image.digest}`, "IMAGE");
  };
  const named = { signedIdentity: { type: "matchRepository" } };
  const rows: ReadonlyArray<
    readonly [what: string, prepare: (image: Published) => void, requirement: object, remedy: string]
  > = [
    [
      "a missing signature by a key",
      () => {},
      sigstore([key]),
      "sign this very digest with a key that the policy names: countersign sign --key KEY IMAGE",
    ],
    [
      "a missing signature by an identity",
      () => {},
      sigstore([keyless()]),
      "sign this very digest as an identity that the policy names: cosign sign IMAGE",
    ],
    [
      "a missing attestation",
      (image) => sign(image),
      sigstore([{ ...key, attestations: [{ predicateType: "vuln" }] }]),
      "attest this very digest with a key that the policy names: countersign attest --key KEY --type https://cosign.sigstore.dev/attestation/vuln/v1 --predicate FILE IMAGE",
    ],
    [
      "an attestation that says something else",
      (image) => attest(image, predicateTypes.vulnerabilities, { clean: false }),
      sigstore([
        {
          ...key,
          attestations: [
            { predicateType: "vuln", policy: { type: "cel", expression: "predicate.clean == true" } },
          ],
        },
      ]),
      "the attestation is good, but does not say what the policy asks for: attest it where it is so (countersign attest), or change the policy's expression",
    ],
    [
      "a signature without a name",
      (image) => sign(image),
      sigstore([key], named),
      'the signature is good, but names no image, as cosign 3 makes them: write "signedIdentity": {"type": "digestOnly"}, or sign with a name: countersign sign --identity NAME',
    ],
    [
      "another identity",
      (image) => sign(image, ci),
      sigstore([keyless({ issuer: oidcIssuer, subject: "https://ci.example/other" })]),
      `the signature is good, but somebody else's: if that one may sign, add it to the authority's identities: {"issuer":"${oidcIssuer}","subject":"${workflow}"}`,
    ],
    [
      "another key",
      (image) => sign(image, eve),
      sigstore([key]),
      "another key signed: check which one the policy names, or sign with that one's private half",
    ],
    [
      "several different faults",
      (image) => {
        sign(image, eve);
        sign(image, ci);
      },
      sigstore([key]),
      "countersign explain shows every signature found and why it does not count",
    ],
  ];
  for (const [what, prepare, requirement, remedy] of rows)
    it(what, async () => assert.equal(await remedyFor(prepare, requirement), remedy));
});
