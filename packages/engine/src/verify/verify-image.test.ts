import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createSigningKit } from "@countersign/testkit/signing-kit/signing-kit";
import { readPolicy } from "../policy/parse-policy.ts";
import { type Digest, digestOf } from "../values/digest.ts";
import { CountersignError } from "../values/error.ts";
import { formatImageName } from "../values/format-image-name.ts";
import { parseDockerImage } from "../values/located-image.ts";
import { mediaTypes } from "../values/manifest.ts";
import {
  type FixedImage,
  fixedClock,
  fixedSources,
  fixedTrustFiles,
  fixedTrustRepositories,
} from "./fixed-sources.ts";
import type { ImageSourceOpener, TrustFiles, UnverifiedSignature } from "./ports.ts";
import { decideWithoutEvidence, explainRejection, verifyImage } from "./verify-image.ts";

const kit = createSigningKit();
const key = kit.key("release");
const reference = "registry.example/app";
const amd64 = { os: "linux", architecture: "amd64", variant: "" };
const config = {
  mediaType: "application/vnd.oci.image.config.v1+json",
  digest: digestOf(Buffer.from("{}")),
  size: 2,
};
const manifestOf = (layer: string) =>
  Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      config,
      layers: [],
      annotations: { layer },
    }),
  );
const manifest = manifestOf("only");
const digest = digestOf(manifest);

const oci = (bytes: Uint8Array) => ({ bytes, mediaType: mediaTypes.ociManifest });
const index = (
  ...instances: readonly (readonly [architecture: string, digest: Digest, mediaType?: string])[]
) => ({
  bytes: Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaTypes.ociIndex,
      manifests: instances.map(([architecture, instance, mediaType = mediaTypes.ociManifest]) => ({
        mediaType,
        digest: instance,
        size: 1,
        platform: { os: "linux", architecture },
      })),
    }),
  ),
  mediaType: mediaTypes.ociIndex,
});
const signed = (subject: Digest, by = key): ReadonlyMap<Digest, readonly UnverifiedSignature[]> =>
  new Map([[subject, [kit.sign(by, { digest: subject, reference })]]]);

function policyOf(...requirements: readonly object[]) {
  return parsed({ default: requirements });
}

function parsed(content: object) {
  const { policy } = readPolicy(Buffer.from(JSON.stringify(content)));
  assert.ok(policy);
  return policy;
}

const accept = { type: "insecureAcceptAnything" };
const reject = { type: "reject" };
const keyed = { type: "sigstoreSigned", keyPath: "/key.pub", signedIdentity: { type: "matchRepository" } };

interface World {
  readonly asked?: string;
  readonly image?: FixedImage;
  readonly policy?: ReturnType<typeof policyOf>;
  readonly sources?: ImageSourceOpener;
  readonly trustFiles?: TrustFiles;
}

function ask({
  asked = `${reference}:1`,
  image = { manifest: oci(manifest) },
  policy = policyOf(keyed),
  ...ports
}: World) {
  const name = parseDockerImage(asked);
  return verifyImage(
    { image: name, policy, platform: amd64 },
    {
      sources: fixedSources(new Map([[formatImageName(name), image]])),
      trustFiles: fixedTrustFiles(new Map([["/key.pub", Buffer.from(key.publicKeyPem)]])),
      trustRepositories: fixedTrustRepositories(),
      clock: fixedClock(kit.now * 1000),
      ...ports,
    },
    new AbortController().signal,
  );
}

describe("verifyImage allows", () => {
  it("a signed image, and names the digest to pull", async () => {
    const answer = await ask({ image: { manifest: oci(manifest), signatures: signed(digest) } });
    assert.equal(answer.verdict.allowed, true);
    assert.equal(answer.digest, digest);
    assert.equal(answer.instance, undefined);
    assert.equal(explainRejection(answer), "");
  });
  it("an image asked for by its digest", async () => {
    const image = { manifest: oci(manifest), signatures: signed(digest) };
    assert.equal((await ask({ asked: `${reference}@${digest}`, image })).verdict.allowed, true);
  });
  it("a signed instance of an index, and names both digests", async () => {
    const list = index(["arm64", digestOf(manifestOf("arm"))], ["amd64", digest]);
    const image = {
      manifest: list,
      instances: new Map([[digest, oci(manifest)]]),
      signatures: signed(digest),
    };
    const answer = await ask({ image });
    assert.equal(answer.verdict.allowed, true);
    assert.equal(answer.digest, digestOf(list.bytes));
    assert.equal(answer.instance, digest);
  });
});

describe("verifyImage denies, in containers/image's whole words,", () => {
  const list = index(["amd64", digest]);
  const viaIndex = { manifest: list, instances: new Map([[digest, oci(manifest)]]) };
  const none = "A signature was required, but no signature exists";
  const denied: ReadonlyArray<readonly [why: string, world: World, text: string]> = [
    ["an unsigned image", {}, `Source image rejected: ${none}`],
    [
      "a rejected image",
      { policy: policyOf(reject) },
      "Source image rejected: Running image docker://registry.example/app:1 is rejected by policy.",
    ],
    [
      "an unsigned instance",
      { image: viaIndex },
      `copying system image from manifest list: Source image rejected: ${none}`,
    ],
    [
      "an instance of a signed index: the index's signature is not its own",
      { image: { ...viaIndex, signatures: signed(digestOf(list.bytes)) } },
      `copying system image from manifest list: Source image rejected: ${none}`,
    ],
    [
      "another signer",
      { image: { manifest: oci(manifest), signatures: signed(digest, kit.key("eve")) } },
      "Source image rejected: cryptographic signature verification failed: invalid signature when validating ASN.1 encoded signature",
    ],
  ];
  for (const [why, world, text] of denied) {
    it(why, async () => assert.equal(explainRejection(await ask(world)), text));
  }
});

describe("verifyImage cannot decide, and says so in containers/image's words,", () => {
  const other = digestOf(manifestOf("other"));
  const nested = index(["amd64", digest]);
  const failing = (code: "REGISTRY_UNREACHABLE" | "TOO_LARGE", message: string): ImageSourceOpener => ({
    async open(image, signal) {
      const source = await fixedSources(
        new Map([[formatImageName(image), { manifest: oci(manifest) }]]),
      ).open(image, signal);
      return { ...source, signatures: () => Promise.reject(new CountersignError(code, message)) };
    },
  });
  const undecided: ReadonlyArray<readonly [why: string, world: World, code: string, message: string]> = [
    [
      "about another manifest than was asked for, even for a policy that accepts anything",
      { asked: `${reference}@${other}`, policy: policyOf(accept) },
      "MANIFEST_DIGEST_MISMATCH",
      `determining manifest MIME type for docker://${reference}@${other}: Manifest does not match provided manifest digest ${other}`,
    ],
    [
      "about another manifest than was asked for, even for a policy that rejects",
      { asked: `${reference}@${other}`, policy: policyOf(reject) },
      "MANIFEST_DIGEST_MISMATCH",
      `determining manifest MIME type for docker://${reference}@${other}: Manifest does not match provided manifest digest ${other}`,
    ],
    [
      "about another instance than the index names",
      { image: { manifest: index(["amd64", other]), instances: new Map([[other, oci(manifest)]]) } },
      "MANIFEST_DIGEST_MISMATCH",
      `copying system image from manifest list: determining manifest MIME type for docker://${reference}:1: Manifest does not match provided manifest digest ${other}`,
    ],
    [
      "without an instance for the platform",
      { image: { manifest: index(["s390x", digest]) } },
      "PLATFORM_NOT_FOUND",
      `choosing an image from manifest list docker://${reference}:1: no image found in image index for architecture "amd64", variant "", OS "linux"`,
    ],
    [
      "about an index inside an index",
      {
        image: {
          manifest: index(["amd64", digestOf(nested.bytes), mediaTypes.ociIndex]),
          instances: new Map([[digestOf(nested.bytes), nested]]),
        },
      },
      "MANIFEST_INVALID",
      "copying system image from manifest list: Unexpectedly received a manifest list instead of a manifest for a single image",
    ],
    [
      "about a manifest beyond any honest size",
      { image: { manifest: oci(Buffer.alloc(5_000_000)) } },
      "TOO_LARGE",
      `determining manifest MIME type for docker://${reference}:1: manifest has 5000000 bytes, more than 4194304`,
    ],
    [
      "when signatures cannot be read",
      { sources: failing("REGISTRY_UNREACHABLE", "connection refused") },
      "REGISTRY_UNREACHABLE",
      "Source image rejected: connection refused",
    ],
    [
      "when a key cannot be read",
      {
        image: { manifest: oci(manifest), signatures: signed(digest) },
        trustFiles: fixedTrustFiles(new Map()),
      },
      "TRUST_FILE_UNREADABLE",
      "Source image rejected: open /key.pub: no such file or directory",
    ],
    [
      "when a key cannot be read, for an instance",
      {
        image: {
          manifest: nested,
          instances: new Map([[digest, oci(manifest)]]),
          signatures: signed(digest),
        },
        trustFiles: fixedTrustFiles(new Map()),
      },
      "TRUST_FILE_UNREADABLE",
      "copying system image from manifest list: Source image rejected: open /key.pub: no such file or directory",
    ],
  ];
  for (const [why, world, code, message] of undecided) {
    it(why, () => assert.rejects(ask(world), { code, message }));
  }
  it("when there are more signatures than anyone makes", () => {
    const many = new Array<UnverifiedSignature>(1200).fill({
      type: "simpleSigning",
      bytes: Buffer.alloc(0),
      location: "x",
    });
    const image = { manifest: oci(manifest), signatures: new Map([[digest, many]]) };
    return assert.rejects(ask({ image }), { code: "TOO_LARGE" });
  });
});

describe("verifyImage, of an image in a directory,", () => {
  const image = { transport: "dir", path: "./app", resolvedPath: "/images/app" } as const;
  const judged = async (policy: ReturnType<typeof policyOf>, found: FixedImage) =>
    explainRejection(
      await verifyImage(
        { image, policy, platform: amd64 },
        {
          sources: fixedSources(new Map([["dir:./app", found]])),
          trustFiles: fixedTrustFiles(new Map([["/key.pub", Buffer.from(key.publicKeyPem)]])),
          trustRepositories: fixedTrustRepositories(),
          clock: fixedClock(kit.now * 1000),
        },
        new AbortController().signal,
      ),
    );
  const signedImage = { manifest: oci(manifest), signatures: signed(digest) };

  it("calls it what it was called", async () =>
    assert.equal(
      await judged(policyOf(reject), signedImage),
      "Source image rejected: Running image dir:./app is rejected by policy.",
    ));
  it("has no name to compare", async () =>
    assert.match(
      await judged(policyOf(keyed), signedImage),
      /^Source image rejected: Signature for identity /,
    ));
  it("takes the name from the policy", async () => {
    const exact = { ...keyed, signedIdentity: { type: "exactRepository", dockerRepository: reference } };
    assert.equal(await judged(policyOf(exact), signedImage), "");
  });
  it("is found by where it is", async () => {
    const policy = parsed({ default: [reject], transports: { dir: { "/images": [accept] } } });
    assert.equal(await judged(policy, signedImage), "");
  });
  it("may be an index without this platform", () =>
    assert.rejects(judged(policyOf(accept), { manifest: index(["s390x", digest]) }), {
      message: /^choosing an image from manifest list dir:\.\/app: no image found in image index /,
    }));
});

describe("verifyImage asks for no more than it needs", () => {
  const untouched: TrustFiles = { read: () => Promise.reject(new Error("no file is needed")) };
  const unasked: ImageSourceOpener = {
    async open(image, signal) {
      const source = await fixedSources(
        new Map([[formatImageName(image), { manifest: oci(manifest) }]]),
      ).open(image, signal);
      return { ...source, signatures: () => Promise.reject(new Error("no signature is needed")) };
    },
  };
  it("no keys for an unsigned image", async () => {
    assert.equal((await ask({ trustFiles: untouched })).verdict.allowed, false);
  });
  it("no signatures where none counts", async () => {
    assert.equal((await ask({ policy: policyOf(accept), sources: unasked })).verdict.allowed, true);
  });
  it("no signatures after a reject", async () => {
    assert.equal((await ask({ policy: policyOf(reject, keyed), sources: unasked })).verdict.allowed, false);
  });
});

describe("verifyImage bounds what a policy has it read", () => {
  const paths = Array.from({ length: 1000 }, (_, number) => `/keys/${number}`);
  const many = { ...keyed, keyPath: undefined, keyPaths: paths };
  const signatures = signed(digest);
  it("and opens no more key files once there were too many bytes", async () => {
    const opened: string[] = [];
    const trustFiles: TrustFiles = {
      read: async (path) => {
        opened.push(path);
        return new Uint8Array(1024 * 1024);
      },
    };
    const question = { policy: policyOf(many), image: { manifest: oci(manifest), signatures }, trustFiles };
    await assert.rejects(ask(question), { code: "TOO_LARGE", message: /have more than 16777216 bytes$/ });
    assert.deepEqual(opened, paths.slice(0, 16));
  });
});

describe("verifyImage, when cancelled,", () => {
  it("ends with the caller's reason", async () => {
    const reason = new CountersignError("CANCELLED", "the kubelet went away");
    const image = parseDockerImage(reference);
    const ports = {
      sources: fixedSources(new Map()),
      trustFiles: fixedTrustFiles(new Map()),
      trustRepositories: fixedTrustRepositories(),
      clock: fixedClock(0),
    };
    const question = { image, policy: policyOf(accept), platform: amd64 };
    await assert.rejects(verifyImage(question, ports, AbortSignal.abort(reason)), reason);
  });
  it("does not take an unread key for an unreadable one", async () => {
    const reason = new CountersignError("CANCELLED", "the kubelet went away");
    const controller = new AbortController();
    const name = parseDockerImage(`${reference}:1`);
    const image = { manifest: oci(manifest), signatures: signed(digest) };
    const ports = {
      sources: fixedSources(new Map([[formatImageName(name), image]])),
      trustRepositories: fixedTrustRepositories(),
      trustFiles: {
        read() {
          controller.abort(reason);
          return Promise.reject(new Error("interrupted"));
        },
      },
      clock: fixedClock(0),
    };
    const question = { image: name, policy: policyOf(keyed), platform: amd64 };
    await assert.rejects(verifyImage(question, ports, controller.signal), reason);
  });
});

describe("decideWithoutEvidence", () => {
  const image = parseDockerImage("busybox");
  it("allows what needs nothing", () =>
    assert.equal(decideWithoutEvidence(policyOf(accept), image)?.verdict.allowed, true));
  it("denies what nothing can help", () => {
    const decision = decideWithoutEvidence(policyOf(accept, reject, keyed), image);
    assert.equal(decision?.verdict.allowed, false);
    assert.equal(decision.scope.scope, undefined);
  });
  it("leaves the rest to verifyImage", () =>
    assert.equal(decideWithoutEvidence(policyOf(keyed), image), undefined));
});
