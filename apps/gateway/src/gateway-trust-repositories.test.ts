import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, describe, it, mock } from "node:test";
import { parseDigest } from "@countersign/engine/values/digest";
import { type TemporaryRoot, temporaryRoot } from "@countersign/testkit/registry/temporary-root";
import { tlsAuthority } from "@countersign/testkit/registry/tls-certificates";
import type { PocketSigstore } from "@countersign/testkit/signing-kit/sigstore/pocket-sigstore";
import {
  day,
  eve,
  expiries,
  honest,
  policyTrusting,
  signatureBy,
  start,
  successor,
} from "@countersign/testkit/trust-repository/trusted-workflow";
import {
  newKey,
  startTufRepository,
  type TufRepository,
} from "@countersign/testkit/trust-repository/tuf-repository";
import { configDigestOf, openNode } from "./testing/node-in-process.ts";

const tls = await tlsAuthority();
const { certificate: cert, key } = await tls.server();

let repository: TufRepository;
let shared: TemporaryRoot;
before(() => mock.timers.enable({ apis: ["Date"] }));
after(() => mock.timers.reset());
beforeEach(async () => {
  mock.timers.setTime(start);
  shared = temporaryRoot();
  repository = await startTufRepository(honest.trustedRoot, { expiries, tls: { cert, key } });
});
afterEach(async () => {
  await repository.close();
  shared[Symbol.dispose]();
});

/** A node by whose policy the workflow has to have signed, and whose `--trust-dir` outlives it. */
function nodeThatTrusts(trusted: TufRepository) {
  return openNode({
    policy: policyTrusting(trusted),
    authority: tls.certificate,
    config: { trustDir: join(shared.path, "trust") },
  });
}
type Node = Awaited<ReturnType<typeof nodeThatTrusts>>;

/** Publishes an image with a bundle of the workflow's, certified by a Sigstore. */
function publish(node: Node, name: string, sigstore: PocketSigstore, signer?: string) {
  const image = node.publish(name);
  const [path = ""] = name.split(":");
  node.registry.attachReferrer(path, image.digest, signatureBy(sigstore, image.digest, signer));
  return image;
}

const refusing = (details: RegExp) => ({ code: 2, details });
/** What another Sigstore certified is in no log that is trusted. */
const stranger = refusing(
  /^SignatureValidationFailed: Source image rejected: 0 trusted logs took the signature, 1 are demanded$/,
);
const decisions = (node: Node) => node.auditLines().map(({ decision, code }) => [decision, code]);
const warnings = (node: Node) =>
  node.log
    .map((line) => JSON.parse(line))
    .filter(({ mirror }) => mirror === repository.mirror)
    .map(({ msg }) => msg);

describe("by the trusted root of a TUF repository, the gateway", () => {
  it("pulls what was signed by who is named, and makes a container of it; nothing by anybody else", async () => {
    await using node = await nodeThatTrusts(repository);
    const image = publish(node, "shop/app:v1", honest);
    publish(node, "shop/other:v1", honest, "https://ci.example/other");
    publish(node, "shop/eve:v1", eve);
    const { imageRef } = await node.pull("shop/app:v1");
    await node.create(await node.runPod(), { image: imageRef, name: node.reference("shop/app:v1") });
    const pulls = node.pullsAtRuntime().length;
    assert.deepEqual(node.contentsOfContainers(), [[parseDigest(configDigestOf(image))]]);
    await assert.rejects(
      node.pull("shop/other:v1"),
      refusing(/Signature by "https:\/\/ci\.example\/other" .* is not accepted$/),
    );
    await assert.rejects(node.pull("shop/eve:v1"), stranger);
    assert.equal(node.pullsAtRuntime().length, pulls, "the runtime is not asked for what is refused");
  });

  it("decides when it starts anew without the repository, by what --trust-dir has, until that expires", async () => {
    {
      await using node = await nodeThatTrusts(repository);
      publish(node, "shop/app:v1", honest);
      await node.pull("shop/app:v1");
    }
    await repository.close();
    mock.timers.setTime(start + 7 * day - 1);
    {
      await using node = await nodeThatTrusts(repository);
      publish(node, "shop/app:v1", honest);
      publish(node, "shop/eve:v1", eve);
      await node.pull("shop/app:v1");
      await assert.rejects(node.pull("shop/eve:v1"), stranger);
      assert.deepEqual(warnings(node), [
        "this TUF repository has nothing newer to give; what is kept of it serves until it expires",
      ]);
    }
    mock.timers.setTime(start + 7 * day);
    await using node = await nodeThatTrusts(repository);
    publish(node, "shop/app:v1", honest);
    await assert.rejects(node.pull("shop/app:v1"), refusing(/what is kept of it has expired or is broken$/));
    assert.deepEqual(decisions(node), [["undecided", "TRUST_REPOSITORY_UNUSABLE"]]);
  });

  it("follows keys that were replaced, while it runs", async () => {
    await using node = await nodeThatTrusts(repository);
    publish(node, "shop/old:v1", honest);
    publish(node, "shop/young:v1", successor);
    await node.pull("shop/old:v1");
    await assert.rejects(node.pull("shop/young:v1"), stranger);
    for (const role of ["root", "timestamp", "snapshot", "targets"] as const) repository.rotate(role);
    repository.publish("trusted_root.json", successor.trustedRoot);
    mock.timers.setTime(start + day);
    await node.pull("shop/young:v1");
    await assert.rejects(node.pull("shop/old:v1"), stranger);
    assert.deepEqual(warnings(node), []);
  });
});

/** Each would have eve's Sigstore trusted if it were believed, and so her image run. */
describe("the gateway lets nothing in by a TUF repository", () => {
  const rows: ReadonlyArray<readonly [what: string, forge: () => void, why: string]> = [
    [
      "whose new root.json too few of the old keys signed",
      () => {
        repository.keys.root = newKey();
        repository.rotate("timestamp");
        repository.publish("trusted_root.json", eve.trustedRoot);
      },
      String.raw`root\.json: root was signed by 0/1 keys`,
    ],
    [
      "whose target is not the one that targets.json describes",
      () => {
        const size = Math.max(honest.trustedRoot.length, eve.trustedRoot.length);
        const padded = (json: Uint8Array) => Buffer.from(Buffer.from(json).toString().padEnd(size));
        repository.publish("trusted_root.json", padded(honest.trustedRoot));
        const targets = [...repository.files.keys()].filter((path) => path.startsWith("targets/"));
        for (const path of targets) repository.files.set(path, padded(eve.trustedRoot));
      },
      String.raw`trusted_root\.json is not what targets\.json says`,
    ],
  ];
  for (const [what, forge, why] of rows) {
    it(what, async () => {
      await using node = await nodeThatTrusts(repository);
      publish(node, "shop/eve:v1", eve);
      forge();
      await refused(node, why);
      assert.deepEqual(readdirSync(shared.path).includes("trust"), false, "nothing of it is kept");
    });
  }

  it("that goes back to what was withdrawn", async () => {
    await using node = await nodeThatTrusts(repository);
    publish(node, "shop/eve:v1", eve);
    repository.publish("trusted_root.json", eve.trustedRoot);
    repository.renew({ timestamp: start + 50 * day });
    const old = new Map(repository.files);
    repository.publish("trusted_root.json", honest.trustedRoot);
    repository.renew({ timestamp: start + 2 * day });
    await assert.rejects(node.pull("shop/eve:v1"), stranger);
    for (const [path, bytes] of old) repository.files.set(path, bytes);
    mock.timers.setTime(start + 2 * day);
    await refused(node, String.raw`timestamp\.json has version \d, though version \d was seen before`);
  });

  /** As the pod says it, in the same words each time; and for programs, by a code. */
  async function refused(node: Node, why: string): Promise<void> {
    const mirror = repository.mirror.replaceAll(".", String.raw`\.`);
    const words = new RegExp(
      `^SignatureValidationFailed: Source image rejected: TUF repository ${mirror}: ${why}; (nothing of it is kept|what is kept of it has expired or is broken)$`,
    );
    for (let attempt = 0; attempt < 2; attempt++)
      await assert.rejects(node.pull("shop/eve:v1"), refusing(words));
    assert.deepEqual(decisions(node).slice(-2), [
      ["undecided", "TRUST_REPOSITORY_UNUSABLE"],
      ["undecided", "TRUST_REPOSITORY_UNUSABLE"],
    ]);
    assert.equal(node.pullsAtRuntime().length, 0);
  }
});
