import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createSigningKey } from "@countersign/testkit/signing-kit/signing-key";
import { keySigner } from "@countersign/testkit/signing-kit/sigstore/bundle-signer";
import { createPocketSigstore } from "@countersign/testkit/signing-kit/sigstore/pocket-sigstore";
import type { EnforcedRequirement, Requirement } from "../policy/policy.ts";
import type { KeyAuthority, KeylessAuthority, SigstoreRequirement } from "../policy/sigstore-requirement.ts";
import { type Digest, digestOf } from "../values/digest.ts";
import { CountersignError } from "../values/error.ts";
import { parseNamedReference } from "../values/image-reference.ts";
import { parseDockerImage } from "../values/located-image.ts";
import { mediaTypes } from "../values/manifest.ts";
import { fixedClock, fixedTrustFiles, fixedTrustRepositories } from "./fixed-sources.ts";
import type { AttachmentQuery, ImageSource, UnverifiedSignature } from "./ports.ts";
import { verifyImage } from "./verify-image.ts";
import { warningsOf } from "./warnings.ts";

const pocket = createPocketSigstore();
const key = keySigner(createSigningKey("release"));
const ci = pocket.certify();
const manifest = Buffer.from(
  JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociManifest, layers: [] }),
);
const digest = digestOf(manifest);
const platform = { os: "linux", architecture: "amd64", variant: "" };
const index = Buffer.from(
  JSON.stringify({
    schemaVersion: 2,
    mediaType: mediaTypes.ociIndex,
    manifests: [{ mediaType: mediaTypes.ociManifest, digest, size: manifest.length, platform }],
  }),
);

const asking = { attestations: [], sources: [], timestamp: { type: "none" } } as const;
const keyed: KeyAuthority & { readonly name: string } = {
  ...asking,
  type: "key",
  name: "release",
  keys: { type: "files", paths: ["/release.pub"] },
  hashAlgorithm: undefined,
  transparency: { type: "none" },
};
const tuf: KeylessAuthority & { readonly name: string } = {
  ...asking,
  type: "keyless",
  name: "ci",
  trust: {
    type: "trustedRoot",
    root: {
      type: "tuf",
      mirror: "https://tuf.example",
      root: { type: "files", paths: ["/root.json"] },
      target: "trusted_root.json",
    },
  },
  identities: [
    {
      issuer: { type: "exact", text: "https://issuer.example" },
      subject: { type: "exact", text: "dev@example.com" },
    },
  ],
  ignoresSct: false,
  transparency: { type: "logged", threshold: 1, logs: undefined },
};
const sigstore = (
  authority: SigstoreRequirement["authorities"][0] = keyed,
  acceptsIndexSignatures = false,
): SigstoreRequirement => ({
  type: "sigstore",
  authorities: [authority],
  identity: { type: "digestOnly" },
  acceptsIndexSignatures,
});
const elsewhere = (name: string) => ({
  ...keyed,
  sources: [{ repository: parseNamedReference(name), tagPrefix: "" }],
});
const warn = (requirement: EnforcedRequirement): Requirement => ({ type: "warn", requirement });

interface World {
  readonly requirements: readonly [Requirement, ...Requirement[]];
  readonly manifest?: Uint8Array;
  /** default: a bundle by the key for whatever is asked about, in the image's own repository */
  readonly attachments?: (
    query: AttachmentQuery,
    signal: AbortSignal,
  ) => Promise<readonly UnverifiedSignature[]>;
  readonly signatures?: () => Promise<readonly UnverifiedSignature[]>;
  readonly roots?: ReadonlyMap<string, Uint8Array>;
  readonly signal?: AbortSignal;
  readonly warnBy?: AbortSignal;
}

const signedBy = (signer: typeof key | typeof ci, subject: Digest): readonly UnverifiedSignature[] => [
  { type: "bundle", bytes: pocket.signImage(subject, signer), location: "a bundle" },
];

async function ask({ requirements, manifest: first = manifest, roots = new Map(), ...world }: World) {
  const asked: AttachmentQuery[] = [];
  const read: string[] = [];
  const attachments = world.attachments ?? (async ({ subject }) => signedBy(key, subject));
  const source: ImageSource = {
    physical: "registry.example/app",
    manifest: { bytes: first, mediaType: first === index ? mediaTypes.ociIndex : mediaTypes.ociManifest },
    instanceManifest: async () => ({ bytes: manifest, mediaType: mediaTypes.ociManifest }),
    signatures: world.signatures ?? (() => assert.fail("nobody asked for these")),
    attachments(query, signal) {
      asked.push(query);
      return attachments(query, signal);
    },
  };
  const files = fixedTrustFiles(
    new Map([
      ["/release.pub", Buffer.from(key.key.publicKeyPem)],
      ["/root.json", Buffer.from("{}")],
    ]),
  );
  const ports = {
    sources: { open: async () => source },
    trustFiles: {
      read(path: string, signal: AbortSignal) {
        read.push(path);
        return files.read(path, signal);
      },
    },
    trustRepositories: fixedTrustRepositories(roots),
    clock: fixedClock(pocket.now * 1000),
  };
  const policy = {
    default: requirements,
    transports: new Map(),
    images: [],
    digest: digestOf(Buffer.from("policy")),
  };
  const question = { image: parseDockerImage("registry.example/app:1"), policy, platform };
  const answer = await verifyImage(
    question,
    ports,
    world.signal ?? new AbortController().signal,
    world.warnBy ?? world.signal ?? new AbortController().signal,
  );
  return { ...answer, asked, read };
}

describe("verifyImage by authorities", () => {
  it("looks for signatures of the manifest beside it, and for what it trusts", async () => {
    const { verdict, asked, read } = await ask({ requirements: [sigstore()] });
    assert.equal(verdict.allowed, true);
    assert.deepEqual(
      asked.map(({ subject, kind, place }) => [subject, kind, place.repository]),
      [[digest, "signatures", undefined]],
    );
    assert.deepEqual(read, ["/release.pub"]);
  });
  it("looks for the index's too where they count", async () => {
    const onIndex = async ({ subject }: AttachmentQuery) =>
      subject === digest ? [] : signedBy(key, digestOf(index));
    const world = { manifest: index, attachments: onIndex };
    const { verdict, asked } = await ask({ ...world, requirements: [sigstore(keyed, true)] });
    assert.equal(verdict.allowed, true);
    assert.deepEqual(
      asked.map(({ subject }) => subject),
      [digest, digestOf(index)],
    );
    assert.equal((await ask({ ...world, requirements: [sigstore()] })).verdict.allowed, false);
  });
  it("looks for no index's where none led to the image", async () => {
    const { verdict, asked } = await ask({ requirements: [sigstore(keyed, true)] });
    assert.deepEqual([verdict.allowed, asked.length], [true, 1]);
  });
  it("reads no key where there is nothing to verify", async () => {
    const { verdict, read } = await ask({ requirements: [sigstore()], attachments: async () => [] });
    assert.deepEqual([verdict.allowed, read], [false, []]);
  });
  it("trusts what a TUF repository says", async () => {
    const world = { attachments: async () => signedBy(ci, digest), requirements: [sigstore(tuf)] } as const;
    const { verdict, read } = await ask({
      ...world,
      roots: new Map([["https://tuf.example", pocket.trustedRoot]]),
    });
    assert.deepEqual([verdict.allowed, read], [true, ["/root.json"]]);
    await assert.rejects(ask(world), {
      code: "TRUST_REPOSITORY_UNUSABLE",
      message: "Source image rejected: https://tuf.example does not answer",
    });
  });
  it("is undecided when a place cannot be read", async () => {
    const attachments = () =>
      Promise.reject(new CountersignError("REGISTRY_UNREACHABLE", "connection refused"));
    await assert.rejects(ask({ requirements: [sigstore()], attachments }), {
      code: "REGISTRY_UNREACHABLE",
      message: "Source image rejected: connection refused",
    });
  });

  const huge = (bytes: number): UnverifiedSignature => ({
    type: "bundle",
    bytes: Buffer.alloc(bytes),
    location: "a huge bundle",
  });
  it("looks at no more than it can hold: in one place", async () => {
    await assert.rejects(
      ask({ requirements: [sigstore()], attachments: async () => [huge(65 * 1024 * 1024)] }),
      { code: "TOO_LARGE" },
    );
  });
  it("looks at no more than it can hold: in all places together", async () => {
    const sources = ["a", "b", "c"].map((name) => ({
      repository: parseNamedReference(`registry.example/${name}`),
      tagPrefix: "",
    }));
    const attachments = async () => [huge(40 * 1024 * 1024)];
    const many = sigstore({ ...keyed, sources });
    await assert.rejects(ask({ requirements: [many], attachments }), { code: "TOO_LARGE" });
  });
  it("looks at no more than are judged", async () => {
    const attachments = async () => Array.from({ length: 1128 }, () => huge(1));
    await assert.rejects(ask({ requirements: [sigstore()], attachments }), { code: "TOO_LARGE" });
  });
});

describe("verifyImage, where something only warns,", () => {
  const refused = new CountersignError("REGISTRY_UNREACHABLE", "connection refused");
  /** Never answers, until nobody waits any more. */
  const hanging = (_query: AttachmentQuery, signal: AbortSignal) =>
    new Promise<never>((_resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason));
    });

  it("allows what cannot be looked at, and says so", async () => {
    const { verdict } = await ask({
      requirements: [warn(sigstore())],
      attachments: () => Promise.reject(refused),
    });
    assert.equal(verdict.allowed, true);
    assert.deepEqual(warningsOf(verdict.requirements), [
      { code: "REGISTRY_UNREACHABLE", reason: "connection refused" },
    ]);
  });
  it("allows what containers/image cannot look at", async () => {
    const signed: EnforcedRequirement = {
      type: "sigstoreSigned",
      trust: { type: "keys", keys: { type: "files", paths: ["/release.pub"] }, rekor: undefined },
      identity: { type: "matchRepository" },
    };
    const { verdict } = await ask({
      requirements: [warn(signed)],
      signatures: () => Promise.reject(refused),
    });
    assert.equal(verdict.allowed, true);
    assert.equal(warningsOf(verdict.requirements)[0]?.code, "REGISTRY_UNREACHABLE");
  });
  it("does not wait longer than it may for what only warns", async () => {
    const late = new CountersignError("DEADLINE_EXCEEDED", "signatures.example took too long");
    const warnBy = new AbortController();
    const asking = ask({
      requirements: [sigstore(), warn(sigstore(elsewhere("signatures.example/app")))],
      attachments: (query, signal) => {
        if (query.place.repository === undefined) return Promise.resolve(signedBy(key, digest));
        queueMicrotask(() => warnBy.abort(late));
        return hanging(query, signal);
      },
      warnBy: warnBy.signal,
    });
    const { verdict } = await asking;
    assert.equal(verdict.allowed, true);
    assert.deepEqual(warningsOf(verdict.requirements), [{ code: "DEADLINE_EXCEEDED", reason: late.message }]);
  });
  it("ends with the caller all the same", async () => {
    const gone = new CountersignError("CANCELLED", "the kubelet went away");
    const caller = new AbortController();
    const attachments = (query: AttachmentQuery, signal: AbortSignal) => {
      queueMicrotask(() => caller.abort(gone));
      return hanging(query, signal);
    };
    await assert.rejects(ask({ requirements: [warn(sigstore())], attachments, signal: caller.signal }), gone);
  });
  it("reads the key that a requirement before it had no use for", async () => {
    const { verdict } = await ask({
      requirements: [warn(sigstore(elsewhere("signatures.example/app"))), warn(sigstore())],
      attachments: async ({ place }) => (place.repository === undefined ? signedBy(key, digest) : []),
    });
    assert.deepEqual(
      verdict.requirements.map(({ outcome }) => outcome),
      ["failed", "satisfied"],
    );
  });
  it("refuses what cannot be read at all", async () => {
    const list = Buffer.from(
      JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [] }),
    );
    const source = { bytes: list, mediaType: mediaTypes.ociIndex };
    const ports = {
      sources: {
        open: async (): Promise<ImageSource> => ({
          physical: "registry.example/app",
          manifest: source,
          instanceManifest: () => Promise.reject(refused),
          signatures: async () => [],
          attachments: async () => [],
        }),
      },
      trustFiles: fixedTrustFiles(new Map()),
      trustRepositories: fixedTrustRepositories(),
      clock: fixedClock(0),
    };
    const policy = {
      default: [warn(sigstore())] as const,
      transports: new Map(),
      images: [],
      digest: digestOf(Buffer.from("policy")),
    };
    const question = { image: parseDockerImage("registry.example/app:1"), policy, platform };
    await assert.rejects(verifyImage(question, ports, new AbortController().signal), {
      code: "PLATFORM_NOT_FOUND",
    });
  });
});
