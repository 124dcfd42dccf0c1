import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { loadLanguagesForAuthors } from "@countersign/sources/policy-languages/read-policy";
import { systemTiming } from "@countersign/sources/timing";
import { hangs } from "@countersign/testkit/registry/faults";
import { manualTiming } from "@countersign/testkit/registry/manual-timing";
import { createSigningKit } from "@countersign/testkit/signing-kit/signing-kit";
import { createPocketSigstore } from "@countersign/testkit/signing-kit/sigstore/pocket-sigstore";
import { archiveOf } from "@countersign/testkit/trust-repository/archived-repository";
import { startTufRepository } from "@countersign/testkit/trust-repository/tuf-repository";
import { trustRoots } from "../../controller/policy-kinds.ts";
import { pods } from "../../kube/api-kind.ts";
import { apiServerInMemory } from "../../testing/api-server/api-server-in-memory.ts";
import { logKey, sigstoreKeys, trustRootObject } from "../../testing/policy-objects.ts";
import { reviewOf } from "../testing/review-of.ts";
import { type WebhookWorld, webhookWorld } from "../testing/webhook-world.ts";
import { policyReviewer } from "./review-policy.ts";
import { imagesRunning } from "./system-images.ts";

const reviewerOf = (world: WebhookWorld, lockout: "deny" | "warn" = "warn", timing = systemTiming) =>
  policyReviewer({
    policies: world.policies,
    judge: world.parts.judge,
    platform: world.parts.platform,
    timing,
    systemNamespaces: ["kube-system"],
    imagesRunning: (namespace, signal) => imagesRunning(apiServerInMemory(world.store), namespace, signal),
    lockout,
    languages: loadLanguagesForAuthors,
  });

const policyOf = (world: WebhookWorld, spec: object = {}) => ({
  apiVersion: "policy.sigstore.dev/v1beta1",
  kind: "ClusterImagePolicy",
  metadata: { name: "signed" },
  spec: {
    images: [{ glob: "**" }],
    authorities: [{ key: { data: world.kit.key("release").publicKeyPem } }],
    ...spec,
  },
});

const runs = (world: WebhookWorld, image: string) =>
  world.store.create(pods, {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { namespace: "kube-system", name: "dns" },
    spec: { containers: [{ name: "dns", image }] },
  });

describe("a policy at apply", () => {
  it("is taken if it is right", async () => {
    await using world = await webhookWorld();
    const answer = await world.ask(reviewOf("ClusterImagePolicy", policyOf(world)), reviewerOf(world));
    assert.deepEqual([answer.allowed, answer.warnings], [true, undefined]);
  });

  it("is refused with each fault and its path", async () => {
    await using world = await webhookWorld();
    const broken = policyOf(world, {
      mode: "audit",
      authorities: [{ keyless: { identities: [{ issuer: "a" }] } }, { key: { data: "none" } }],
    });
    const { allowed, status } = await world.ask(reviewOf("ClusterImagePolicy", broken), reviewerOf(world));
    assert.equal(allowed, false);
    assert.deepEqual([status?.code, status?.reason], [422, "Invalid"]);
    for (const path of [
      "spec.mode: ",
      "spec.authorities[0].keyless.identities[0]: ",
      "spec.authorities[1].key.data: ",
    ]) {
      assert.ok(status?.message.includes(path), status?.message);
    }
  });

  it("is refused for a pattern or an expression that is none, though the roots beside it are not there yet", async () => {
    await using world = await webhookWorld();
    const broken = policyOf(world, {
      authorities: [
        {
          keyless: { identities: [{ issuerRegExp: "(", subject: "a" }] },
          attestations: [{ name: "a", predicateType: "p", policy: { type: "cel", data: "1 +" } }],
        },
      ],
    });
    const { status } = await world.ask(reviewOf("ClusterImagePolicy", broken), reviewerOf(world));
    assert.match(status?.message ?? "", /identities\[0\]\.issuerRegExp: not a regular expression/);
    assert.match(status?.message ?? "", /attestations\[0\]\.policy\.data: not a CEL expression/);
  });

  it("is refused for an expression that can never be true", async () => {
    await using world = await webhookWorld();
    const attested = { name: "a", predicateType: "p", policy: { type: "cel", data: "size(subject)" } };
    const never = policyOf(world, {
      authorities: [{ key: { data: world.kit.key("release").publicKeyPem }, attestations: [attested] }],
    });
    const { status } = await world.ask(reviewOf("ClusterImagePolicy", never), reviewerOf(world));
    assert.match(
      status?.message ?? "",
      /spec\.authorities\[0\]\.attestations\[0\]\.policy\.data: this expression can never be true: it comes to int/,
    );
  });

  it("is taken with a warning for what it refers to in vain, and for what matches nothing", async () => {
    await using world = await webhookWorld();
    const hollow = policyOf(world, {
      authorities: [{ key: { secretRef: { name: "absent", namespace: "team" } } }],
      match: [{ group: "apps", resource: "deployments" }],
    });
    const { allowed, warnings = [] } = await world.ask(
      reviewOf("ClusterImagePolicy", hollow),
      reviewerOf(world),
    );
    assert.equal(allowed, true);
    assert.match(
      warnings.join("\n"),
      /^ClusterImagePolicy signed: spec\.authorities\[0\]\.key\.secretRef accepts nothing, so that every image of the policy is refused: there is no Secret absent/m,
    );
    assert.match(
      warnings.join("\n"),
      /^ClusterImagePolicy signed: spec\.authorities\[0\]\.key\.secretRef\.namespace has no effect: Secrets are read in \S+ alone/m,
    );
    assert.match(
      warnings.join("\n"),
      /^ClusterImagePolicy signed: spec\.match\[0\]: it describes no object/m,
    );
  });

  it("is not said to refuse everything where another authority may vouch, or where it only warns", async () => {
    await using world = await webhookWorld();
    const absent = { key: { secretRef: { name: "absent" } } };
    const present = { key: { data: world.kit.key("other").publicKeyPem } };
    const rows = [
      [
        { authorities: [absent, present] },
        /accepts nothing, and the policy's other authorities still do: there/,
      ],
      [{ authorities: [absent], mode: "warn" }, /accepts nothing, and is warned of: there is no Secret/],
    ] as const;
    for (const [spec, expected] of rows) {
      const review = reviewOf("ClusterImagePolicy", policyOf(world, spec));
      const { warnings = [] } = await world.ask(review, reviewerOf(world));
      assert.match(warnings.join("\n"), expected);
    }
  });

  it("that would refuse what the cluster runs on is warned of, or refused", async () => {
    await using world = await webhookWorld();
    const image = world.image("dns:v1");
    runs(world, image);
    const review = reviewOf("ClusterImagePolicy", policyOf(world));
    const warned = await world.ask(review, reviewerOf(world));
    assert.equal(warned.allowed, true);
    assert.ok(
      warned.warnings?.[0]?.includes(`: it would refuse what kube-system runs: ${image}`.slice(0, 100)),
    );
    const refused = await world.ask(review, reviewerOf(world, "deny"));
    assert.equal(refused.allowed, false);
    assert.match(refused.status?.message ?? "", /\(SIGNATURE_MISSING\)\nNarrow its globs/);
    const warning = reviewOf("ClusterImagePolicy", policyOf(world, { mode: "warn" }));
    assert.equal((await world.ask(warning, reviewerOf(world, "deny"))).allowed, true);
    const elsewhere = reviewOf("ClusterImagePolicy", policyOf(world, { images: [{ glob: "ghcr.io/**" }] }));
    assert.equal((await world.ask(elsewhere, reviewerOf(world, "deny"))).allowed, true);
  });

  it("is taken, and says so, if that cannot be found out in time", async () => {
    const timing = manualTiming();
    await using world = await webhookWorld({ timing });
    runs(world, world.image("dns:v1"));
    world.registry.fail(/./, hangs());
    const asked = world.ask(
      reviewOf("ClusterImagePolicy", policyOf(world)),
      reviewerOf(world, "deny", timing),
    );
    await timing.untilAwaited(4000);
    timing.advance(4000);
    const { allowed, warnings } = await asked;
    assert.equal(allowed, true);
    assert.match(
      warnings?.join() ?? "",
      /whether it would refuse 1 images of the cluster itself could not be found out/,
    );
  });

  it("may always be deleted, and changed without its spec", async () => {
    await using world = await webhookWorld();
    const broken = policyOf(world, { images: [] });
    const deleted = reviewOf("ClusterImagePolicy", undefined, { operation: "DELETE" });
    assert.equal((await world.ask(deleted, reviewerOf(world))).allowed, true);
    const parts = { operation: "UPDATE", oldObject: broken };
    const labelled = { ...broken, metadata: { name: "signed", labels: { a: "b" } } };
    assert.equal(
      (await world.ask(reviewOf("ClusterImagePolicy", labelled, parts), reviewerOf(world))).allowed,
      true,
    );
    const changed = { ...broken, spec: { ...broken.spec, mode: "warn" } };
    assert.equal(
      (await world.ask(reviewOf("ClusterImagePolicy", changed, parts), reviewerOf(world))).allowed,
      false,
    );
  });
});

describe("a TrustRoot with keys at apply", () => {
  const trustRootWith = (...logs: readonly object[]) =>
    trustRootObject("ours", sigstoreKeys(createSigningKit().fulcio.caPem, { tLogs: logs }));

  it("is taken without a word if its logs are read", async () => {
    await using world = await webhookWorld();
    const answer = await world.ask(
      reviewOf("TrustRoot", trustRootWith(logKey("https://rekor.example", "sha256"))),
      reviewerOf(world),
    );
    assert.deepEqual([answer.allowed, answer.warnings], [true, undefined]);
  });

  for (const hash of ["sha384", "sha512"] as const) {
    it(`is taken with a warning that names a log of ${hash}, short enough to be shown`, async () => {
      await using world = await webhookWorld();
      const { allowed, warnings = [] } = await world.ask(
        reviewOf("TrustRoot", trustRootWith(logKey("https://rekor.example", hash))),
        reviewerOf(world),
      );
      assert.deepEqual(
        [allowed, warnings],
        [
          true,
          [
            `tLogs[0]: the log "https://rekor.example" is left out, as its hashes are SHA2_${hash.slice(3)}, and not SHA2_256: name another one besides, or what it alone vouches for is refused`,
          ],
        ],
      );
    });
  }
});

describe("a TrustRoot with a whole repository at apply", () => {
  const now = Date.UTC(2026, 0, 1);
  const pocket = createPocketSigstore();
  const trustRootOf = async (
    timestamp: number,
    change: (archive: Uint8Array) => Uint8Array = (same) => same,
  ) => {
    const later = now + 1_000_000;
    const expiries = { root: later, targets: later, snapshot: later, timestamp };
    await using made = await startTufRepository(pocket.trustedRoot, { expiries });
    const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64");
    const mirrorFS = base64(change(archiveOf(made.files)));
    return {
      apiVersion: "policy.sigstore.dev/v1alpha1",
      kind: "TrustRoot",
      metadata: { name: "ours" },
      spec: { repository: { root: base64(made.root), mirrorFS, targets: "targets" } },
    };
  };
  const keyless = (world: WebhookWorld, isTimed = true) => {
    const identities = [{ issuer: "https://issuer.example", subject: "release@example.com" }];
    const trustRootRef = "ours";
    return policyOf(world, {
      authorities: [{ keyless: { trustRootRef, identities }, ...(isTimed && { ctlog: { trustRootRef } }) }],
    });
  };

  it("is taken if it can be verified, and policies name it at once", async () => {
    const timing = manualTiming();
    await using world = await webhookWorld({ timing });
    const trustRoot = await trustRootOf(now + 1_000);
    const answer = await world.ask(reviewOf("TrustRoot", trustRoot), reviewerOf(world, "warn", timing));
    assert.deepEqual([answer.allowed, answer.warnings], [true, undefined]);
    world.put(trustRoots, trustRoot);
    const policy = await world.ask(
      reviewOf("ClusterImagePolicy", keyless(world)),
      reviewerOf(world, "warn", timing),
    );
    assert.deepEqual([policy.allowed, policy.warnings], [true, undefined]);
    const brief = await world.ask(
      reviewOf("ClusterImagePolicy", keyless(world, false)),
      reviewerOf(world, "warn", timing),
    );
    assert.match(brief.warnings?.join() ?? "", /nobody says when a certificate was used.*rfc3161timestamp/);
  });

  it("is refused, by its path, if it cannot", async () => {
    const timing = manualTiming();
    await using world = await webhookWorld({ timing });
    const trustRoot = await trustRootOf(now + 1_000, (archive) => archive.subarray(0, 100));
    const { allowed, status } = await world.ask(
      reviewOf("TrustRoot", trustRoot),
      reviewerOf(world, "warn", timing),
    );
    assert.deepEqual([allowed, status?.code], [false, 422]);
    assert.equal(status?.message, "spec.repository.mirrorFS: it is cut off");
  });

  it("is taken with a warning if it has expired, and policies that name it say so", async () => {
    const timing = manualTiming();
    await using world = await webhookWorld({ timing });
    const trustRoot = await trustRootOf(now);
    const { allowed, warnings } = await world.ask(
      reviewOf("TrustRoot", trustRoot),
      reviewerOf(world, "warn", timing),
    );
    assert.equal(allowed, true);
    assert.deepEqual(warnings, [
      "spec.repository.mirrorFS: timestamp.json in it expired at 2026-01-01T00:00:00Z; renew the repository, and apply the TrustRoot with an archive of it as it is then",
      "until then policies that name it stay in force as they were, and new ones accept nothing",
    ]);
    world.put(trustRoots, trustRoot);
    const policy = await world.ask(
      reviewOf("ClusterImagePolicy", keyless(world)),
      reviewerOf(world, "warn", timing),
    );
    assert.match(
      policy.warnings?.join() ?? "",
      /accepts nothing, .*the TrustRoot ours: .*expired at 2026-01-01/,
    );
  });
});
