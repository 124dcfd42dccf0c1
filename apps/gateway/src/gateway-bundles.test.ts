import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Digest, parseDigest } from "@countersign/engine/values/digest";
import { bundleReferrer } from "@countersign/testkit/registry/referrers";
import { createSigningKey } from "@countersign/testkit/signing-kit/signing-key";
import { type BundleSigner, keySigner } from "@countersign/testkit/signing-kit/sigstore/bundle-signer";
import { predicateTypes, subjectOf } from "@countersign/testkit/signing-kit/sigstore/in-toto-statement";
import { createPocketSigstore } from "@countersign/testkit/signing-kit/sigstore/pocket-sigstore";
import { configDigestOf, openNode } from "./testing/node-in-process.ts";

const pocket = createPocketSigstore();
const release = keySigner(createSigningKey("release"));
const workflow = "https://ci.example/shop/app/.github/workflows/release.yaml@refs/heads/main";
const oidcIssuer = "https://token.ci.example";
const ci = pocket.certify({ names: [["uri", workflow]], oidcIssuer });
const base64 = (content: string | Uint8Array) => Buffer.from(content).toString("base64");

const key = { name: "release", key: { data: base64(release.key.publicKeyPem) } };
const keyless = {
  name: "ci",
  keyless: {
    trustedRoot: { data: base64(pocket.trustedRoot) },
    identities: [{ issuer: oidcIssuer, subjectRegExp: "https://ci\\.example/shop/app/.*" }],
  },
};
const sigstore = (authorities: readonly object[], changes: object = {}) => ({
  type: "sigstore",
  authorities,
  ...changes,
});
const policy = (...requirements: readonly object[]) =>
  JSON.stringify({ countersign: 1, default: requirements });

/** A node whose only policy these requirements are. */
const nodeThatAsksFor = (...requirements: readonly object[]) => openNode({ policy: policy(...requirements) });
type Node = Awaited<ReturnType<typeof openNode>>;

const attach = (
  { registry }: Node,
  repository: string,
  subject: Digest,
  bundle: Uint8Array,
  predicateType?: string,
) => registry.attachReferrer(repository, subject, bundleReferrer(bundle, predicateType));
const sign = (node: Node, repository: string, subject: Digest, signer: BundleSigner = release) =>
  attach(
    node,
    repository,
    subject,
    pocket.signImage(subject, signer, signer.type === "key" ? { entry: "none" } : {}),
  );
const attest = (
  node: Node,
  repository: string,
  subject: Digest,
  predicateType: string,
  predicate: unknown,
) => {
  const statement = { subjects: [subjectOf(subject)], predicateType, predicate };
  attach(node, repository, subject, pocket.attest(statement, release, { entry: "none" }), predicateType);
};
const idOf = (image: { readonly bytes: Uint8Array }) => parseDigest(configDigestOf(image));
const refusing = (details: RegExp) => ({ code: 2, details });

describe("an image with a bundle", () => {
  it("by a key is pulled, and started without its registry", async () => {
    await using node = await nodeThatAsksFor(sigstore([key]));
    const image = node.publish("shop/app:v1");
    sign(node, "shop/app", image.digest);
    const { imageRef } = await node.pull("shop/app:v1");
    await node.registry.close();
    await node.create(await node.runPod(), { image: imageRef, name: node.reference("shop/app:v1") });
    assert.deepEqual(node.contentsOfContainers(), [[idOf(image)]]);
  });

  it("by an identity is pulled, and started without its registry", async () => {
    await using node = await nodeThatAsksFor(sigstore([key, keyless]));
    const image = node.publish("shop/app:v1");
    sign(node, "shop/app", image.digest, ci);
    const { imageRef } = await node.pull("shop/app:v1");
    await node.registry.close();
    await node.create(await node.runPod(), { image: imageRef, name: node.reference("shop/app:v1") });
    assert.deepEqual(node.contentsOfContainers(), [[idOf(image)]]);
  });

  it("is started though nobody pulled it: its registry is asked", async () => {
    await using node = await nodeThatAsksFor(sigstore([key]));
    const image = node.publish("shop/app:v1");
    sign(node, "shop/app", image.digest);
    node.runtime.images.import(node.reference("shop/app:v1"), { configDigest: idOf(image), size: 1n });
    await node.create(await node.runPod(), { image: idOf(image), name: node.reference("shop/app:v1") });
  });

  it("of its index alone is pulled where that counts, and started without its registry", async () => {
    const contents = (node: Node) => [
      { platform: { os: "linux", architecture: "s390x" } },
      { platform: node.platform },
    ];
    await using strict = await nodeThatAsksFor(sigstore([key]));
    const signed = strict.registry.index("shop/multi:v1", contents(strict));
    sign(strict, "shop/multi", signed.digest);
    await assert.rejects(
      strict.pull("shop/multi:v1"),
      refusing(/A signature was required, but no signature exists$/),
    );

    await using node = await nodeThatAsksFor(sigstore([key], { acceptIndexSignatures: true }));
    const index = node.registry.index("shop/multi:v1", contents(node));
    sign(node, "shop/multi", index.digest);
    const { imageRef } = await node.pull("shop/multi:v1");
    await node.registry.close();
    await node.create(await node.runPod(), { image: imageRef, name: node.reference("shop/multi:v1") });
  });
});

describe("an image is refused", () => {
  it("without a bundle, at the pull and where it lies on disk", async () => {
    await using node = await nodeThatAsksFor(sigstore([key]));
    const image = node.publish("shop/app:v1");
    const refused = refusing(
      /^SignatureValidationFailed: Source image rejected: A signature was required, but no signature exists$/,
    );
    await assert.rejects(node.pull("shop/app:v1"), refused);
    node.runtime.images.import(node.reference("shop/app:v1"), { configDigest: idOf(image), size: 1n });
    const container = { image: idOf(image), name: node.reference("shop/app:v1") };
    await assert.rejects(node.create(await node.runPod(), container), refused);
  });

  it("with another key's bundle, in the very same words each time", async () => {
    await using node = await nodeThatAsksFor(sigstore([key, keyless]));
    const { digest } = node.publish("shop/app:v1");
    sign(node, "shop/app", digest, keySigner(createSigningKey("eve")));
    const refused = refusing(
      /^SignatureValidationFailed: Source image rejected: None of the authorities vouches for the image, reasons: "release": the signature is not of the expected key; "ci": signed with a key, where a certificate is expected$/,
    );
    for (let attempt = 0; attempt < 3; attempt++) await assert.rejects(node.pull("shop/app:v1"), refused);
  });

  it("with an attestation where a signature is asked for", async () => {
    await using node = await nodeThatAsksFor(sigstore([key]));
    const { digest } = node.publish("shop/app:v1");
    // its manifest does not say what it holds
    const statement = { subjects: [subjectOf(digest)], predicateType: predicateTypes.provenance };
    attach(node, "shop/app", digest, pocket.attest(statement, release, { entry: "none" }));
    await assert.rejects(node.pull("shop/app:v1"), refusing(/no signature exists \(1 other attachment\)$/));
  });
});

describe("an attestation", () => {
  const scanned = {
    ...key,
    attestations: [
      {
        name: "scan",
        predicateType: "vuln",
        policy: { type: "cel", expression: "predicate.critical == 0" },
      },
    ],
  };

  it("that says what it must lets its image in, and a container be made without its registry", async () => {
    await using node = await nodeThatAsksFor(sigstore([scanned]));
    const image = node.publish("shop/app:v1");
    attest(node, "shop/app", image.digest, predicateTypes.vulnerabilities, { critical: 3 });
    attest(node, "shop/app", image.digest, predicateTypes.vulnerabilities, { critical: 0 });
    const { imageRef } = await node.pull("shop/app:v1");
    await node.registry.close();
    await node.create(await node.runPod(), { image: imageRef, name: node.reference("shop/app:v1") });
    assert.deepEqual(node.contentsOfContainers(), [[idOf(image)]]);
  });

  it("that says something else keeps it out", async () => {
    await using node = await nodeThatAsksFor(sigstore([scanned]));
    const { digest } = node.publish("shop/app:v1");
    attest(node, "shop/app", digest, predicateTypes.vulnerabilities, { critical: 3 });
    await assert.rejects(
      node.pull("shop/app:v1"),
      refusing(/the policy of "scan" does not accept its statement: it is false$/),
    );
  });

  it("is missed where there is only a signature", async () => {
    await using node = await nodeThatAsksFor(sigstore([scanned]));
    const { digest } = node.publish("shop/app:v1");
    sign(node, "shop/app", digest);
    await assert.rejects(
      node.pull("shop/app:v1"),
      refusing(
        /An attestation of type "https:\/\/cosign.sigstore.dev\/attestation\/vuln\/v1" was required, .*/,
      ),
    );
  });
});

describe("a policy that only warns", () => {
  const onTrial = { ...sigstore([key]), mode: "warn" };
  const decided = (node: Node) =>
    node.log
      .map((line) => JSON.parse(line))
      .filter(({ audit }) => audit !== undefined)
      .map(({ audit, decision, code }) => [audit, decision, code]);

  it("lets an unsigned image in, says so at the pull and at each container, and counts it", async () => {
    await using node = await nodeThatAsksFor(onTrial);
    node.publish("shop/app:v1");
    const { imageRef } = await node.pull("shop/app:v1");
    await node.create(await node.runPod(), { image: imageRef, name: node.reference("shop/app:v1") });
    assert.deepEqual(decided(node), [
      ["PullImage", "warned", "SIGNATURE_MISSING"],
      ["CreateContainer", "warned", "SIGNATURE_MISSING"],
    ]);
  });

  it("has nothing to say of a signed one", async () => {
    await using node = await nodeThatAsksFor(onTrial);
    const { digest } = node.publish("shop/app:v1");
    sign(node, "shop/app", digest);
    const { imageRef } = await node.pull("shop/app:v1");
    await node.create(await node.runPod(), { image: imageRef, name: node.reference("shop/app:v1") });
    assert.deepEqual(decided(node), [
      ["PullImage", "allowed", ""],
      ["CreateContainer", "allowed", ""],
    ]);
  });

  it("keeps no container out though the registry is away and nothing was kept", async () => {
    await using node = await nodeThatAsksFor(onTrial);
    const image = node.publish("shop/app:v1");
    node.runtime.images.import(node.reference("shop/app:v1"), { configDigest: idOf(image), size: 1n });
    await node.registry.close();
    await node.create(await node.runPod(), { image: idOf(image), name: node.reference("shop/app:v1") });
    assert.deepEqual(decided(node), [["CreateContainer", "warned", "REGISTRY_UNREACHABLE"]]);
  });

  it("warns beside a requirement that does more", async () => {
    await using node = await nodeThatAsksFor(sigstore([key]), { ...sigstore([keyless]), mode: "warn" });
    const { digest } = node.publish("shop/app:v1");
    await assert.rejects(node.pull("shop/app:v1"), refusing(/no signature exists$/));
    sign(node, "shop/app", digest);
    await node.pull("shop/app:v1");
    assert.deepEqual(decided(node), [
      ["PullImage", "denied", "SIGNATURE_MISSING"],
      ["PullImage", "warned", "SIGNATURE_NOT_ACCEPTED"],
    ]);
  });
});

describe("alternatives", () => {
  const gpg = { type: "signedBy", keyType: "GPGKeys", keyPath: "/nowhere.gpg" };
  const either = { type: "anyOf", alternatives: [[gpg], [sigstore([key])]] };
  it("let in what one of them accepts", async () => {
    await using node = await nodeThatAsksFor(either);
    const { digest } = node.publish("shop/app:v1");
    sign(node, "shop/app", digest);
    await node.pull("shop/app:v1");
  });
  it("refuse what none accepts, with the reasons of all", async () => {
    await using node = await nodeThatAsksFor(either);
    node.publish("shop/app:v1");
    const none = "A signature was required, but no signature exists";
    await assert.rejects(
      node.pull("shop/app:v1"),
      refusing(new RegExp(`None of the alternatives holds, reasons: ${none}; ${none}$`)),
    );
  });
});
