import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type Digest, digestOf } from "@countersign/engine/values/digest";
import { corrupts } from "@countersign/testkit/registry/faults";
import { bundleReferrer } from "@countersign/testkit/registry/referrers";
import { startRegistry, type TestRegistry } from "@countersign/testkit/registry/registry";
import type { StoredManifest } from "@countersign/testkit/registry/registry-store";
import { type TemporaryRoot, temporaryRoot } from "@countersign/testkit/registry/temporary-root";
import { createSigningKit } from "@countersign/testkit/signing-kit/signing-kit";
import { keySigner as bundleSigner } from "@countersign/testkit/signing-kit/sigstore/bundle-signer";
import { createPocketSigstore } from "@countersign/testkit/signing-kit/sigstore/pocket-sigstore";
import { type VerifierAnswer, verifyForContainerd } from "./verify-for-containerd.ts";

const kit = createSigningKit();
const pocket = createPocketSigstore();
const key = kit.key("release");
const missing = "Source image rejected: A signature was required, but no signature exists";

let root: TemporaryRoot;
let registry: TestRegistry;
before(async () => {
  root = temporaryRoot();
  registry = await startRegistry();
  const demands = [{ type: "sigstoreSigned", keyPath: root.write("release.pub", key.publicKeyPem) }];
  const docker = {
    [`${registry.address}/signed`]: demands,
    [`${registry.address}/barred`]: [{ type: "reject" }],
  };
  root.write(
    "policy.json",
    JSON.stringify({ default: [{ type: "insecureAcceptAnything" }], transports: { docker } }),
  );
  root.write("registries.conf", `[[registry]]\nlocation = "${registry.address}"\ninsecure = true\n`);
  root.write("registries.d/a.yaml", "default-docker:\n  use-sigstore-attachments: true\n");
});
after(async () => {
  await registry.close();
  root[Symbol.dispose]();
});

interface Asked {
  readonly policy?: string;
  readonly input?: AsyncIterable<Uint8Array>;
  readonly elapsed?: number;
}

/** What containerd would ask, and a deadline that comes only when `late` is called. */
function ask(name: string, digest: Digest, { policy = "policy.json", input, elapsed = 100 }: Asked = {}) {
  const timers: { readonly milliseconds: number; readonly fire: () => void }[] = [];
  const descriptor = Buffer.from(`{"mediaType":"x","digest":"${digest}","size":1}\n`);
  const argv = [
    ...["--signature-policy", `${root.path}/${policy}`],
    ...["--registries-conf", `${root.path}/registries.conf`, "--registries-d", `${root.path}/registries.d`],
    ...["-name", `${registry.address}/${name}`, "-digest", digest],
    ...["-stdin-media-type", "application/vnd.oci.descriptor.v1+json"],
  ];
  const answer = verifyForContainerd(argv, {
    environment: root.environment,
    processor: "x64",
    input:
      input ??
      (async function* () {
        yield descriptor;
      })(),
    clock: Date,
    timing: {
      after: (milliseconds, fire) => {
        timers.push({ milliseconds, fire });
        return () => {};
      },
    },
    elapsed: () => elapsed,
  });
  return { answer, timers, late: () => timers.map(({ fire }) => fire()) };
}

const answerTo = (name: string, digest: Digest, asked?: Asked): Promise<VerifierAnswer> =>
  ask(name, digest, asked).answer;

function sign(
  name: string,
  { digest }: Pick<StoredManifest, "digest">,
  reference = `${registry.address}/${name}`,
) {
  const [repository = ""] = name.split(":");
  registry.attachSignatures(repository, digest, [kit.sign(key, { digest, reference })]);
}

describe("verifyForContainerd", () => {
  it("allows a signed image", async () => {
    const image = registry.image("signed/app:v1");
    sign("signed/app:v1", image);
    assert.deepEqual(await answerTo("signed/app:v1", image.digest), { decision: "allowed", warnings: [] });
  });

  it("denies one that is not signed, in containers/image's words", async () => {
    const { digest } = registry.image("signed/plain:v1", { files: { plain: "" } });
    const answer = await answerTo("signed/plain:v1", digest);
    assert.deepEqual(answer, { decision: "denied", code: "SIGNATURE_MISSING", message: missing });
  });

  it("denies one that was signed by another name", async () => {
    const image = registry.image("signed/other:v1", { files: { other: "" } });
    sign("signed/other:v1", image, `${registry.address}/signed/app:v1`);
    const answer = await answerTo("signed/other:v1", image.digest);
    assert.equal(answer.decision === "denied" && answer.code, "SIGNATURE_NOT_ACCEPTED");
  });

  it("judges the digest that containerd resolved, wherever the tag leads by now", async () => {
    const first = registry.image("signed/moved:v1", { files: { first: "" } });
    sign("signed/moved:v1", first);
    const second = registry.image("signed/moved:v1", { files: { second: "" } });
    assert.deepEqual(await answerTo("signed/moved:v1", first.digest), { decision: "allowed", warnings: [] });
    assert.equal((await answerTo("signed/moved:v1", second.digest)).decision, "denied");
  });

  it("asks no registry where the policy accepts or rejects every image", async () => {
    const { digest } = registry.image("open/app:v1");
    const before = registry.requests.length;
    assert.deepEqual(await answerTo("open/app:v1", digest), { decision: "allowed", warnings: [] });
    const barred = await answerTo("barred/app:v1", digest);
    assert.equal(barred.decision === "denied" && barred.code, "POLICY_REJECTS");
    assert.equal(registry.requests.length, before);
  });
});

describe("of an index verifyForContainerd", () => {
  const amd64 = { os: "linux", architecture: "amd64" };
  const uname = { os: "linux", architecture: "x86_64" };
  const s390x = { os: "linux", architecture: "s390x" };

  function publish(name: string, ...platforms: readonly (typeof amd64)[]) {
    return registry.index(
      name,
      platforms.map((platform, at) => ({ platform, files: { [`${name} ${at}`]: "" } })),
    );
  }

  it("judges the entry for this machine", async () => {
    const index = publish("signed/index:v1", s390x, amd64);
    assert.equal((await answerTo("signed/index:v1", index.digest)).decision, "denied");
    for (const instance of index.instances.slice(1)) sign("signed/index:v1", instance);
    assert.deepEqual(await answerTo("signed/index:v1", index.digest), { decision: "allowed", warnings: [] });
  });

  it("denies one with an entry that containerd takes for this machine, and that is not signed", async () => {
    const index = publish("signed/two:v1", uname, amd64);
    const [hidden, shown] = index.instances;
    assert.ok(hidden !== undefined && shown !== undefined);
    sign("signed/two:v1", shown);
    const answer = await answerTo("signed/two:v1", index.digest);
    assert.deepEqual(answer, {
      decision: "denied",
      code: "SIGNATURE_MISSING",
      message: `${hidden.digest}, which containerd may take from the index: ${missing}`,
    });
    sign("signed/two:v1", hidden);
    assert.deepEqual(await answerTo("signed/two:v1", index.digest), { decision: "allowed", warnings: [] });
  });

  it("takes the index's signature for each of its entries where the policy says so, and nowhere else", async () => {
    const index = publish("app/indexed:v1", uname, amd64);
    const bundle = pocket.signImage(index.digest, bundleSigner(key), { entry: "none" });
    registry.attachReferrer("app/indexed", index.digest, bundleReferrer(bundle));
    const authorities = [{ name: "release", key: { path: `${root.path}/release.pub` } }];
    const policyOf = (name: string, acceptIndexSignatures: boolean) => {
      const requirement = { type: "sigstore", authorities, acceptIndexSignatures };
      root.write(name, JSON.stringify({ countersign: 1, default: [requirement] }));
      return { policy: name };
    };
    const accepting = policyOf("accepting.json", true);
    assert.deepEqual(await answerTo("app/indexed:v1", index.digest, accepting), {
      decision: "allowed",
      warnings: [],
    });
    const strict = await answerTo("app/indexed:v1", index.digest, policyOf("strict.json", false));
    assert.equal(strict.decision === "denied" && strict.code, "SIGNATURE_MISSING");
    // by the digest of an entry nobody can tell which index it came from
    const [first] = index.instances;
    assert.ok(first !== undefined);
    const entry = await answerTo(`app/indexed@${first.digest}`, first.digest, accepting);
    assert.equal(entry.decision === "denied" && entry.code, "SIGNATURE_MISSING");
  });

  it("refuses one that leads to another index", async () => {
    const inner = publish("signed/nested:inner", amd64);
    const [instance] = inner.instances;
    assert.ok(instance !== undefined);
    sign("signed/nested:v1", instance);
    const mediaType = "application/vnd.oci.image.index.v1+json";
    const manifests = [
      {
        mediaType: "application/vnd.oci.image.manifest.v1+json",
        digest: instance.digest,
        size: 1,
        platform: amd64,
      },
      { mediaType, digest: inner.digest, size: 1, platform: uname },
    ];
    const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, manifests }));
    const outer = registry.store.putManifest("signed/nested", bytes, mediaType, "v1");
    const answer = await answerTo("signed/nested:v1", outer.digest);
    assert.equal(answer.decision === "undecided" && answer.code, "MANIFEST_INVALID");
  });
});

describe("verifyForContainerd does not allow", () => {
  const digest = digestOf(Buffer.from("nowhere"));
  const rows: ReadonlyArray<readonly [what: string, code: string, asked: Asked]> = [
    ["an image that is not there", "REGISTRY_NOT_FOUND", {}],
    ["anything without a policy", "POLICY_NOT_FOUND", { policy: "absent.json" }],
    ["anything under a policy that does not parse", "POLICY_INVALID", { policy: "registries.conf" }],
    ["what standard input does not speak of", "USAGE", { input: (async function* () {})() }],
  ];
  for (const [what, code, asked] of rows) {
    it(what, async () => {
      const answer = await answerTo("signed/app:v1", digest, asked);
      assert.equal(answer.decision === "undecided" && answer.code, code);
    });
  }

  it("anything under a policy with a fault, and says where that is", async () => {
    root.write("faulty.json", '{"default": [{"type": "rejct"}]}');
    const answer = await answerTo("signed/app:v1", digest, { policy: "faulty.json" });
    assert.match(
      answer.decision === "undecided" ? answer.message : "",
      /"rejct" \(default\[0\], line 1, column 14; countersign lint lists every fault\)$/,
    );
  });

  it("anything when a key is not there", async () => {
    const demands = { default: [{ type: "sigstoreSigned", keyPath: `${root.path}/absent.pub` }] };
    root.write("keyless.json", JSON.stringify(demands));
    const image = registry.image("signed/keyless:v1", { files: { keyless: "" } });
    sign("signed/keyless:v1", image);
    const answer = await answerTo("signed/keyless:v1", image.digest, { policy: "keyless.json" });
    assert.deepEqual(answer, {
      decision: "undecided",
      code: "TRUST_FILE_UNREADABLE",
      message: `Source image rejected: open ${root.path}/absent.pub: no such file or directory`,
    });
  });

  it("what a registry gives under a digest that is not its own", async () => {
    const image = registry.image("signed/liar:v1", { files: { liar: "" } });
    sign("signed/liar:v1", image);
    registry.fail(/liar/, corrupts());
    const answer = await answerTo("signed/liar:v1", image.digest);
    assert.equal(answer.decision === "undecided" && answer.code, "MANIFEST_DIGEST_MISMATCH");
  });
});

describe("verifyForContainerd at its deadline", () => {
  it("counts from the start of the process", async () => {
    const { answer, timers } = ask("open/app:v1", digestOf(Buffer.from("")), { elapsed: 3000 });
    assert.equal((await answer).decision, "allowed");
    assert.deepEqual(
      timers.map(({ milliseconds }) => milliseconds),
      [5000],
    );
  });

  it("says so of a registry that hangs", async () => {
    const image = registry.image("signed/slow:v1", { files: { slow: "" } });
    const waiting = Promise.withResolvers<void>();
    registry.fail(/slow/, () => waiting.resolve());
    const { answer, late } = ask("signed/slow:v1", image.digest);
    await waiting.promise;
    late();
    const given = await answer;
    assert.deepEqual(given, {
      decision: "undecided",
      code: "DEADLINE_EXCEEDED",
      message: "not decided within 8 seconds; --timeout and containerd's per_verifier_timeout allow more",
    });
  });

  it("says so of a descriptor that never ends", async () => {
    const input = { [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}) }) };
    const { answer, late } = ask("open/app:v1", digestOf(Buffer.from("")), { input });
    late();
    assert.equal((await answer).decision, "undecided");
  });
});
