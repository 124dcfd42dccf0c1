import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type {
  EnforcedRequirement,
  IdentityMatch,
  Policy,
  Requirement,
} from "@countersign/engine/policy/policy";
import type { AttestationDemand, Authority } from "@countersign/engine/policy/sigstore-requirement";
import { type Digest, digestOf } from "@countersign/engine/values/digest";
import { CountersignError } from "@countersign/engine/values/error";
import { type DockerImage, parseDockerImage } from "@countersign/engine/values/located-image";
import type { Platform } from "@countersign/engine/values/manifest";
import {
  fixedClock,
  fixedTrustFiles,
  fixedTrustRepositories,
} from "@countersign/engine/verify/fixed-sources";
import type { ImageSourceOpener } from "@countersign/engine/verify/ports";
import { type Answer, verifyImage } from "@countersign/engine/verify/verify-image";
import { refuses } from "@countersign/testkit/registry/faults";
import { bundleReferrer } from "@countersign/testkit/registry/referrers";
import { startRegistry, type TestRegistry } from "@countersign/testkit/registry/registry";
import { type TemporaryRoot, temporaryRoot } from "@countersign/testkit/registry/temporary-root";
import { defaultOidcIssuer } from "@countersign/testkit/signing-kit/fulcio";
import { createSigningKit } from "@countersign/testkit/signing-kit/signing-kit";
import { keySigner } from "@countersign/testkit/signing-kit/sigstore/bundle-signer";
import { predicateTypes, subjectOf } from "@countersign/testkit/signing-kit/sigstore/in-toto-statement";
import { createPocketSigstore } from "@countersign/testkit/signing-kit/sigstore/pocket-sigstore";
import fc from "fast-check";
import { openSources, type Sources } from "../open-sources.ts";
import { parseRecord } from "./parse-record.ts";
import { printRecord } from "./print-record.ts";
import { recordImage } from "./record-image.ts";
import { replay } from "./replay.ts";

const kit = createSigningKit();
const pocket = createPocketSigstore(kit.now);
const workflow = "https://ci.example/workflow@refs/heads/main";
const ci = pocket.certify({ names: [["uri", workflow]] });
const clock = fixedClock(kit.now * 1000);
const { signal } = new AbortController();
const platform = (architecture: string): Platform => ({ os: "linux", architecture, variant: "" });
const platforms = [platform("amd64"), platform("arm64")];

let root: TemporaryRoot;
let registry: TestRegistry;
let sources: Sources;
let live: ImageSourceOpener;

before(async () => {
  root = temporaryRoot();
  registry = await startRegistry();
  root.write(
    "etc/containers/registries.conf",
    `[[registry]]\nlocation = "${registry.address}"\ninsecure = true\n`,
  );
  root.write("etc/containers/registries.d/all.yaml", "default-docker: {use-sigstore-attachments: true}\n");
  const unset = { registriesConf: undefined, registriesD: undefined, authfile: undefined };
  sources = openSources({ environment: root.environment, ...unset });
  live = sources.imageSources();
  fill();
});

after(async () => {
  await sources.close();
  await registry.close();
  root[Symbol.dispose]();
});

const names = [
  "bundled:1",
  "attested:1",
  "unsigned:1",
  "signed:1",
  "keyless:1",
  "renamed:1",
  "index:1",
  "amd64:1",
  "broken:1",
];

function fill(): void {
  registry.image("unsigned:1");
  const sign = (name: string, reference = `${registry.address}/${name}`) => {
    const { digest } = registry.image(`${name}:1`, { files: { name } });
    const image = { digest, reference };
    return { digest, image };
  };
  const signed = sign("signed");
  registry.attachSignatures("signed", signed.digest, [
    kit.sign(kit.key("eve"), signed.image),
    {
      payload: Buffer.from([0xff, 0xfe]),
      annotations: new Map([["__proto__", "x"]]),
      mediaType: "text/plain",
    },
    kit.sign(kit.key("release"), signed.image),
  ]);
  const keyless = sign("keyless");
  registry.attachSignatures("keyless", keyless.digest, [kit.signKeyless({}, keyless.image)]);
  const renamed = sign("renamed", "other.example/app:1");
  registry.attachSignatures("renamed", renamed.digest, [kit.sign(kit.key("release"), renamed.image)]);

  const index = registry.index("index:1", [
    { platform: { os: "linux", architecture: "amd64" } },
    { platform: { os: "linux", architecture: "arm64" }, files: { arm: "64" } },
  ]);
  const [first] = index.instances;
  assert.ok(first !== undefined);
  const image = { digest: first.digest, reference: `${registry.address}/index` };
  registry.attachSignatures("index", first.digest, [kit.sign(kit.key("release"), image)]);
  const publish = (name: string) => registry.image(`${name}:1`, { files: { name } }).digest;
  const attach = (name: string, to: Digest, bundle: Uint8Array) =>
    registry.attachReferrer(name, to, bundleReferrer(bundle));
  const bundled = publish("bundled");
  const logless = { entry: "none" } as const;
  attach("bundled", bundled, pocket.signImage(bundled, keySigner(kit.key("release")), logless));
  attach("bundled", bundled, pocket.signImage(bundled, ci));
  const attested = publish("attested");
  const statement = { subjects: [subjectOf(attested)], predicateType: provenance, predicate: { level: 3 } };
  attach("attested", attested, pocket.attest(statement, ci));
  attach("attested", attested, pocket.attest(statement, keySigner(kit.key("release")), logless));
  attach("index", index.digest, pocket.signImage(index.digest, ci));
  registry.index("amd64:1", [{ platform: { os: "linux", architecture: "amd64" } }]);
  registry.store.putManifest("broken", Buffer.from("{"), "application/vnd.oci.image.index.v1+json", "1");
}

const image = (name: string): DockerImage => parseDockerImage(`${registry.address}/${name}`);
const record = (name: string, wanted = platforms) => recordImage(image(name), wanted, live, clock, signal);

async function answerFrom(
  opener: ImageSourceOpener,
  asked: DockerImage,
  policy: Policy,
  wanted: Platform,
): Promise<Answer | readonly [code: string, message: string]> {
  const ports = {
    sources: opener,
    trustFiles: fixedTrustFiles(new Map()),
    trustRepositories: fixedTrustRepositories(),
    clock,
  };
  try {
    return await verifyImage({ image: asked, policy, platform: wanted }, ports, signal);
  } catch (caught) {
    const { code, message } = CountersignError.from(caught);
    return [code, message];
  }
}

const inline = (...texts: readonly string[]) => ({
  type: "inline" as const,
  data: texts.map((text) => Buffer.from(text)),
});
const provenance = predicateTypes.provenance;
const exact = (text: string) => ({ type: "exact", text }) as const;
const demanded: Readonly<Record<string, readonly AttestationDemand[]>> = {
  nothing: [],
  provenance: [{ name: "provenance", predicateType: provenance, policy: undefined }],
  sbom: [{ name: "sbom", predicateType: "https://spdx.dev/Document", policy: undefined }],
};

function authorityOf(
  name: string,
  attestations: readonly AttestationDemand[],
  subject = workflow,
): Authority {
  const demands = { name, attestations, sources: [], timestamp: { type: "none" } } as const;
  if (name === "static") return { type: "static", name, action: "fail", message: "" };
  if (name === "keyless") {
    return {
      ...demands,
      type: "keyless",
      trust: { type: "trustedRoot", root: { type: "inline", data: [pocket.trustedRoot] } },
      identities: [{ issuer: exact(defaultOidcIssuer), subject: exact(subject) }],
      ignoresSct: false,
      transparency: { type: "logged", threshold: 1, logs: undefined },
    };
  }
  const keys = inline(kit.key(name).publicKeyPem);
  return { ...demands, type: "key", keys, hashAlgorithm: undefined, transparency: { type: "none" } };
}

const authority: fc.Arbitrary<Authority> = fc
  .tuple(
    fc.constantFrom("release", "eve", "keyless", "static"),
    fc.constantFrom(...Object.values(demanded)),
    fc.constantFrom(workflow, "https://ci.example/other"),
  )
  .map((parts) => authorityOf(...parts));
const sigstoreRequirement: fc.Arbitrary<EnforcedRequirement> = fc
  .record({
    authorities: fc.uniqueArray(authority, { minLength: 1, maxLength: 2, selector: ({ name }) => name }),
    identity: fc.constantFrom({ type: "digestOnly" } as const, { type: "matchRepository" } as const),
    acceptsIndexSignatures: fc.boolean(),
  })
  .map(({ authorities: [first, ...others], ...rest }): EnforcedRequirement => {
    assert.ok(first !== undefined);
    return { type: "sigstore", authorities: [first, ...others], ...rest };
  });
/** The extension's: by itself, as one of several alternatives, and as a warning. */
const extended: fc.Arbitrary<Requirement> = fc.oneof(
  sigstoreRequirement,
  fc
    .tuple(sigstoreRequirement, sigstoreRequirement)
    .map(([one, other]): Requirement => ({ type: "anyOf", alternatives: [[one], [other]] })),
  sigstoreRequirement.map((inner): Requirement => ({ type: "warn", requirement: inner })),
);
const identities: readonly IdentityMatch[] = [{ type: "matchRepository" }, { type: "matchExact" }];
const requirement: fc.Arbitrary<Requirement> = fc.oneof(
  fc.constantFrom<Requirement>({ type: "insecureAcceptAnything" }, { type: "reject" }),
  fc
    .tuple(fc.constantFrom("release", "eve", "nobody"), fc.constantFrom(...identities))
    .map(([name, identity]): Requirement => {
      const keys = inline(kit.key(name).publicKeyPem);
      return { type: "sigstoreSigned", trust: { type: "keys", keys, rekor: undefined }, identity };
    }),
  fc.constantFrom("dev@example.com", "eve@example.com").map((subjectEmail): Requirement => {
    const fulcio = { ca: inline(kit.fulcio.caPem), oidcIssuer: "https://issuer.example", subjectEmail };
    const trust = { type: "fulcio" as const, fulcio, rekor: inline(kit.log.publicKeyPem) };
    return { type: "sigstoreSigned", trust, identity: { type: "matchRepository" } };
  }),
);
const policyOf = (first: Requirement, ...rest: readonly Requirement[]): Policy => ({
  default: [first, ...rest],
  transports: new Map(),
  images: [],
  digest: digestOf(Buffer.from("policy")),
});
const policies = fc
  .array(fc.oneof(requirement, { arbitrary: extended, weight: 2 }), { minLength: 1, maxLength: 2 })
  .map(([first, ...rest]): Policy => policyOf(first ?? assert.fail(), ...rest));

describe("a recorded image", () => {
  const vouched: ReadonlyArray<readonly [name: string, signer: string, demand: string, ofIndex?: boolean]> = [
    ["bundled:1", "release", "nothing"],
    ["bundled:1", "keyless", "nothing"],
    ["attested:1", "release", "provenance"],
    ["attested:1", "keyless", "provenance"],
    ["index:1", "keyless", "nothing", true],
  ];
  for (const [name, signer, demand, acceptsIndexSignatures = false] of vouched) {
    it(`is allowed as ${name} itself, where ${signer} vouches for it and ${demand} is attested`, async () => {
      const authorities = [authorityOf(signer, demanded[demand] ?? assert.fail())] as const;
      const identity = { type: "digestOnly" } as const;
      const policy = policyOf({ type: "sigstore", authorities, identity, acceptsIndexSignatures });
      const recorded = parseRecord(Buffer.from(printRecord(await record(name))));
      const [wanted] = platforms;
      assert.ok(wanted !== undefined);
      const answer = await answerFrom(replay(recorded), image(name), policy, wanted);
      assert.ok("verdict" in answer && answer.verdict.allowed, JSON.stringify(answer));
      assert.deepEqual(await answerFrom(live, image(name), policy, wanted), answer);
    });
  }

  it("is judged as the image itself, under every policy and for every platform it was recorded for", async () => {
    const decisions = new Set<unknown>();
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...names),
        policies,
        fc.constantFrom(...platforms),
        async (name, policy, wanted) => {
          const asked = image(name);
          const recorded = parseRecord(Buffer.from(printRecord(await record(name))));
          const expected = await answerFrom(live, asked, policy, wanted);
          assert.deepEqual(await answerFrom(replay(recorded), asked, policy, wanted), expected);
          decisions.add("verdict" in expected ? expected.verdict.allowed : expected[0]);
        },
      ),
      { numRuns: 150 },
    );
    assert.deepEqual(decisions, new Set([true, false, "PLATFORM_NOT_FOUND", "MANIFEST_INVALID"]));
  });

  it("is read back as it was", async () => {
    for (const name of names) {
      const text = printRecord(await record(name));
      assert.equal(printRecord(parseRecord(Buffer.from(text))), text);
    }
  });

  it("shows text as text, and other bytes too", async () => {
    const { blobs } = JSON.parse(printRecord(await record("signed:1")));
    const forms = Object.values(blobs).map((form) => Object.keys(form as object).join());
    assert.deepEqual(new Set(forms), new Set(["text", "base64"]));
  });

  it("holds the instance of each platform, and no other", async () => {
    assert.equal((await record("index:1", platforms.slice(1))).instances.size, 1);
    assert.equal((await record("index:1")).instances.size, 2);
  });

  it("is none when its signatures cannot be read", async () => {
    registry.fail(/GET .*\.sig$/, refuses(403, "DENIED", "no"));
    try {
      await assert.rejects(record("signed:1"), { code: "REGISTRY_DENIED" });
    } finally {
      registry.heal();
    }
  });

  it("is none when recording it is cancelled", () =>
    assert.rejects(
      recordImage(image("signed:1"), platforms, live, clock, AbortSignal.abort()),
      (error: CountersignError) => error.code === "CANCELLED",
    ));
});
