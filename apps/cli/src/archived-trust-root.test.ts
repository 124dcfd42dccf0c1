import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { bundleReferrer } from "@countersign/testkit/registry/referrers";
import { startRegistry, type TestRegistry } from "@countersign/testkit/registry/registry";
import { temporaryRoot } from "@countersign/testkit/registry/temporary-root";
import {
  createPocketSigstore,
  type PocketSigstore,
} from "@countersign/testkit/signing-kit/sigstore/pocket-sigstore";
import { archiveOf } from "@countersign/testkit/trust-repository/archived-repository";
import { startTufRepository } from "@countersign/testkit/trust-repository/tuf-repository";
import { main } from "./main.ts";
import { recordingTerminal } from "./terminal.ts";

/** A policy that names a TrustRoot with a whole repository, from the resource to an image that it lets in. */

const root = temporaryRoot();
const [ours, theirs] = [createPocketSigstore(undefined, "ours"), createPocketSigstore(undefined, "theirs")];
const subject = "release@shop.example";
const oidcIssuer = "https://token.shop.example";
const far = Date.UTC(2100, 0, 1);
const past = Date.UTC(2026, 0, 1);
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64");

let registry: TestRegistry;
before(async () => {
  registry = await startRegistry();
  root.write("registries.conf", `[[registry]]\nlocation = "${registry.address}"\ninsecure = true\n`);
});
after(async () => {
  await registry.close();
  root[Symbol.dispose]();
});

interface Published {
  readonly timestamp?: number;
  readonly content?: Uint8Array;
  readonly change?: (archive: Uint8Array) => Uint8Array;
}

async function resources({
  timestamp = far,
  content = ours.trustedRoot,
  change,
}: Published): Promise<string> {
  const expiries = { root: far, targets: far, snapshot: far, timestamp };
  await using repository = await startTufRepository(content, { expiries });
  const archive = archiveOf(repository.files);
  const spec = {
    root: base64(repository.root),
    mirrorFS: base64(change?.(archive) ?? archive),
    targets: "targets",
  };
  const trustRoot = {
    apiVersion: "policy.sigstore.dev/v1alpha1",
    kind: "TrustRoot",
    metadata: { name: "ours" },
    spec: { repository: spec },
  };
  const identities = [{ issuer: oidcIssuer, subject }];
  const policy = {
    apiVersion: "policy.sigstore.dev/v1beta1",
    kind: "ClusterImagePolicy",
    metadata: { name: "signed-by-ours" },
    spec: {
      images: [{ glob: `${registry.address}/**` }],
      authorities: [{ keyless: { trustRootRef: "ours", identities }, ctlog: { trustRootRef: "ours" } }],
    },
  };
  return [trustRoot, policy].map((one) => JSON.stringify(one)).join("\n---\n");
}

async function compile(published: Published = {}) {
  const file = root.write("policies.yaml", await resources(published));
  const io = recordingTerminal();
  const out = join(root.path, "out");
  await main(["compile", "-f", file, "--out", out], io);
  return { ...io.said, policy: join(out, "policy.json") };
}

let count = 0;
async function verify(policy: string, signer: PocketSigstore) {
  const repository = `app${++count}`;
  const { digest } = registry.image(`${repository}:v1`, { files: { name: repository } });
  const bundle = signer.signImage(digest, signer.certify({ names: [["email", subject]], oidcIssuer }));
  registry.attachReferrer(repository, digest, bundleReferrer(bundle));
  const io = recordingTerminal({ HOME: join(root.path, "home") });
  const flags = ["--signature-policy", policy, "--registries-conf", join(root.path, "registries.conf")];
  await main(["verify", ...flags, `${registry.address}/${repository}:v1`], io);
  return io.said;
}

describe("countersign compile of a policy that names a TrustRoot with a repository", () => {
  it("gives a policy that accepts what that Sigstore vouches for, and nothing of another one", async () => {
    const { exitCode, out, policy } = await compile();
    assert.equal(exitCode, 0, out);
    const accepted = await verify(policy, ours);
    assert.equal(accepted.exitCode, 0, accepted.out);
    const refused = await verify(policy, theirs);
    assert.equal(refused.exitCode, 1);
    assert.match(refused.out, /^denied /);
  });

  const refused: ReadonlyArray<readonly [why: string, published: Published, said: RegExp]> = [
    [
      "has expired",
      { timestamp: past },
      /trustRootRef: the TrustRoot ours: spec\.repository\.mirrorFS: timestamp\.json in it expired at 2026-01-01T00:00:00Z; renew/,
    ],
    [
      "is cut off",
      { change: (archive) => archive.subarray(0, archive.length / 2) },
      /the TrustRoot ours: spec\.repository\.mirrorFS: it is cut off/,
    ],
    [
      "publishes no trusted root",
      { content: Buffer.from("{}") },
      /the TrustRoot ours: spec\.repository\.mirrorFS: trusted root: /,
    ],
  ];
  for (const [why, published, said] of refused) {
    it(`says so when it ${why}, and gives a policy that accepts nothing by it`, async () => {
      const { exitCode, out, policy } = await compile(published);
      assert.equal(exitCode, 1, out);
      assert.match(out.replaceAll(/\s+/g, " "), said);
      assert.equal((await verify(policy, ours)).exitCode, 1);
    });
  }
});
