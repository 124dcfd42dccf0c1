import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parsePolicy } from "@countersign/engine/policy/parse-policy";
import { type Digest, digestOf } from "@countersign/engine/values/digest";
import { CountersignError } from "@countersign/engine/values/error";
import { parseImageReference } from "@countersign/engine/values/image-reference";
import { mediaTypes } from "@countersign/engine/values/manifest";
import {
  type FixedImage,
  fixedSources,
  fixedTrustRepositories,
} from "@countersign/engine/verify/fixed-sources";
import type { FetchedManifest, ImageSourceOpener } from "@countersign/engine/verify/ports";
import type { CallCredentials } from "@countersign/sources/credentials/call-credentials";
import { fairSlots } from "@countersign/sources/serving/fair-slots";
import { manualTiming } from "@countersign/testkit/registry/manual-timing";
import type { PolicyInForce } from "../policy/policy-store.ts";
import { type PullQuestion, type PullVerifier, pullVerifier } from "./verify-pull.ts";

const app = "registry.example/app:v1";
const configDigest = digestOf(Buffer.from("config"));
const patient = new AbortController().signal;

function manifest(mediaType: string, content: object): FetchedManifest {
  return { mediaType, bytes: Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, ...content })) };
}
const image = manifest(mediaTypes.ociManifest, { config: { digest: configDigest }, layers: [] });
const imageDigest = digestOf(image.bytes);

function indexOf(instance: Digest): FetchedManifest {
  const entry = {
    digest: instance,
    mediaType: mediaTypes.ociManifest,
    size: 1,
    platform: { os: "linux", architecture: "amd64" },
  };
  return manifest(mediaTypes.ociIndex, { manifests: [entry] });
}

function policyOf(text: string, origin: PolicyInForce["origin"] = "global"): PolicyInForce {
  return { policy: parsePolicy(Buffer.from(text), "/p.json"), file: "/p.json", origin };
}
const warning = policyOf(
  '{"countersign":1,"default":[{"type":"sigstoreSigned","keyData":"eA==","mode":"warn"}]}',
);
const accepting = policyOf('{"default":[{"type":"insecureAcceptAnything"}]}');
const demanding = policyOf('{"default":[{"type":"sigstoreSigned","keyData":"eA=="}]}');

/** A verifier whose registry can be held up, and that counts how often it is asked. */
function setUp(
  images: ReadonlyMap<string, FixedImage> = new Map([[`docker://${app}`, { manifest: image }]]),
) {
  const asked: (CallCredentials | undefined)[] = [];
  const state = {
    asked,
    hold: undefined as Promise<void> | undefined,
    fail: undefined as Error | undefined,
    failSignatures: undefined as Error | undefined,
    holdSignatures: false,
    deadline: () => {},
    /** that of warnings */
    warnBy: () => {},
    signals: [] as AbortSignal[],
  };
  const opener = (credentials: CallCredentials | undefined): ImageSourceOpener => ({
    async open(reference, signal) {
      asked.push(credentials);
      state.signals.push(signal);
      if (state.hold !== undefined) await Promise.race([state.hold, rejectionOf(signal)]);
      if (state.fail !== undefined) throw state.fail;
      const source = await fixedSources(images).open(reference, signal);
      const { failSignatures, holdSignatures } = state;
      if (holdSignatures) return { ...source, signatures: (_manifest, given) => rejectionOf(given) };
      if (failSignatures === undefined) return source;
      return { ...source, signatures: () => Promise.reject(failSignatures) };
    },
  });
  const verifier = pullVerifier({
    imageSources: opener,
    trustFiles: { read: async () => Buffer.from("") },
    trustRepositories: fixedTrustRepositories(),
    clock: { now: () => 0 },
    platform: { os: "linux", architecture: "amd64", variant: "" },
    slots: fairSlots({ total: 8, perLane: 4, patience: 5_000, lingering: 0 }, manualTiming()),
    timing: {
      after: (milliseconds, fire) => {
        state[milliseconds === 1000 ? "deadline" : "warnBy"] = fire;
        return () => {};
      },
    },
    patience: 1000,
  });
  return { state, verifier };
}

function rejectionOf(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) =>
    signal.addEventListener("abort", () => reject(new CountersignError("CANCELLED", "context canceled"))),
  );
}

/** Lets every promise that can settle do so. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

const question = (init: Partial<PullQuestion> = {}): PullQuestion => ({
  image: parseImageReference(app),
  policy: accepting,
  credentials: undefined,
  ...init,
});

describe("pullVerifier", () => {
  it("gives the digest of an allowed image", async () => {
    const verdict = await setUp().verifier.verify(question(), patient);
    assert.ok(verdict.allowed);
    assert.deepEqual(verdict.image, {
      reference: parseImageReference(app),
      digest: imageDigest,
      instance: imageDigest,
      config: undefined,
    });
  });

  it("gives digest, instance and config of one chosen from an index", async () => {
    const index = indexOf(imageDigest);
    const images = new Map([
      [`docker://${app}`, { manifest: index, instances: new Map([[imageDigest, image]]) }],
    ]);
    const verdict = await setUp(images).verifier.verify(question(), patient);
    assert.ok(verdict.allowed);
    assert.deepEqual(
      [verdict.image.digest, verdict.image.instance, verdict.image.config],
      [digestOf(index.bytes), imageDigest, configDigest],
    );
  });

  it("does without the config of a manifest that has none", async () => {
    const odd = manifest(mediaTypes.ociManifest, { config: { digest: "sha256:short" } });
    const digest = digestOf(odd.bytes);
    const images = new Map([
      [`docker://${app}`, { manifest: indexOf(digest), instances: new Map([[digest, odd]]) }],
    ]);
    const verdict = await setUp(images).verifier.verify(question(), patient);
    assert.ok(verdict.allowed);
    assert.equal(verdict.image.config, undefined);
  });

  it("gives containers/image's text and a code for a denied image", async () => {
    const verdict = await setUp().verifier.verify(question({ policy: demanding }), patient);
    assert.ok(!verdict.allowed);
    assert.deepEqual(
      [verdict.text, verdict.code, verdict.digest],
      [
        "Source image rejected: A signature was required, but no signature exists",
        "SIGNATURE_MISSING",
        imageDigest,
      ],
    );
  });

  it("passes on what keeps it from deciding", () =>
    assert.rejects(setUp(new Map()).verifier.verify(question(), patient), { code: "REGISTRY_NOT_FOUND" }));

  it("tells signatures it may not read from an image it may not read", async () => {
    const { state, verifier } = setUp();
    state.failSignatures = new CountersignError("REGISTRY_DENIED", "unauthorized");
    await assert.rejects(verifier.verify(question({ policy: demanding }), patient), {
      code: "SIGNATURE_UNREADABLE",
      message: "Source image rejected: unauthorized",
    });
    state.fail = state.failSignatures;
    await assert.rejects(verifier.verify(question(), patient), { code: "REGISTRY_DENIED" });
  });

  it("gives up when it takes too long, and says by which flag more is allowed", async () => {
    const { state, verifier } = setUp();
    state.hold = new Promise(() => {});
    const verdict = verifier.verify(question(), patient);
    await settle();
    state.deadline();
    await assert.rejects(verdict, { code: "DEADLINE_EXCEEDED", message: /--pull-verify-timeout/ });
    assert.equal(state.signals[0]?.aborted, true);
  });

  it("waits half as long for what it can but warn of", async () => {
    const { state, verifier } = setUp();
    state.holdSignatures = true;
    const verdict = verifier.verify(question({ policy: warning }), patient);
    await settle();
    state.warnBy();
    const given = await verdict;
    assert.ok(given.allowed);
    assert.deepEqual(
      given.warnings.map(({ code }) => code),
      ["DEADLINE_EXCEEDED"],
    );
  });
});

describe("pullVerifier asks once for equal pulls at the same time,", () => {
  const basic = (password: string): CallCredentials => ({
    credentials: { type: "basic", username: "u", password },
    server: undefined,
  });
  const pairs: readonly (readonly [
    why: string,
    first: Partial<PullQuestion>,
    second: Partial<PullQuestion>,
    times: number,
  ])[] = [
    ["as they are equal", {}, {}, 1],
    ["with equal credentials", { credentials: basic("p") }, { credentials: basic("p") }, 1],
    ["but not with other credentials", { credentials: basic("p") }, { credentials: basic("q") }, 2],
    ["but not without credentials", { credentials: basic("p") }, {}, 2],
    ["but not of another image", {}, { image: parseImageReference("registry.example/app:v2") }, 2],
    ["but not under another policy", {}, { policy: demanding }, 2],
    ["but not under another file", {}, { policy: { ...accepting, file: "/other.json" } }, 2],
    ["but not under the namespace's file", {}, { policy: { ...accepting, origin: "namespaced" } }, 2],
  ];
  for (const [why, first, second, times] of pairs) {
    it(why, async () => {
      const { state, verifier } = setUp();
      const both = [verifier.verify(question(first), patient), verifier.verify(question(second), patient)];
      await Promise.allSettled(both);
      assert.equal(state.asked.length, times);
    });
  }

  it("and one's wrong credentials fail nobody else's pull", async () => {
    const { state, verifier } = setUp();
    const gate = Promise.withResolvers<void>();
    state.hold = gate.promise;
    const wrong = verifier.verify(question({ credentials: basic("wrong") }), patient);
    await settle();
    state.hold = undefined;
    const right = verifier.verify(question({ credentials: basic("right") }), patient);
    assert.equal((await right).allowed, true);
    state.fail = new CountersignError("REGISTRY_DENIED", "unauthorized");
    gate.resolve();
    await assert.rejects(wrong, { code: "REGISTRY_DENIED" });
  });

  it("and one who leaves does not take the other along", async () => {
    const { state, verifier } = setUp();
    const gate = Promise.withResolvers<void>();
    state.hold = gate.promise;
    const impatient = new AbortController();
    const leaving = verifier.verify(question(), impatient.signal);
    const staying = verifier.verify(question(), patient);
    await settle();
    impatient.abort();
    await assert.rejects(leaving, { code: "CANCELLED" });
    gate.resolve();
    assert.equal((await staying).allowed, true);
    assert.equal(state.asked.length, 1);
  });
});

describe("pullVerifier with a registry that hangs", () => {
  it("still answers for the others", async () => {
    const slow = setUp();
    slow.state.hold = new Promise(() => {});
    const stuck = new AbortController();
    const hanging = pullsOf(slow.verifier, "slow.example", 20, stuck.signal);
    await settle();
    assert.equal(slow.state.asked.length, 4, "its lane has no more slots");
    slow.state.hold = undefined;
    assert.equal((await slow.verifier.verify(question(), patient)).allowed, true);
    stuck.abort();
    await Promise.allSettled(hanging);
  });
});

function pullsOf(verifier: PullVerifier, registry: string, count: number, signal: AbortSignal) {
  return Array.from({ length: count }, (_, i) =>
    verifier.verify(question({ image: parseImageReference(`${registry}/app:${i}`) }), signal),
  );
}
