import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { IdentityMatch, Policy, Requirement } from "@countersign/engine/policy/policy";
import { digestOf } from "@countersign/engine/values/digest";
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
import { startRegistry, type TestRegistry } from "@countersign/testkit/registry/registry";
import { type TemporaryRoot, temporaryRoot } from "@countersign/testkit/registry/temporary-root";
import { createSigningKit } from "@countersign/testkit/signing-kit/signing-kit";
import fc from "fast-check";
import { openSources, type Sources } from "../open-sources.ts";
import { parseRecord } from "./parse-record.ts";
import { printRecord } from "./print-record.ts";
import { recordImage } from "./record-image.ts";
import { replay } from "./replay.ts";

const kit = createSigningKit();
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

const names = ["unsigned:1", "signed:1", "keyless:1", "renamed:1", "index:1", "amd64:1", "broken:1"];

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

  const { instances } = registry.index("index:1", [
    { platform: { os: "linux", architecture: "amd64" } },
    { platform: { os: "linux", architecture: "arm64" }, files: { arm: "64" } },
  ]);
  const [first] = instances;
  assert.ok(first !== undefined);
  const image = { digest: first.digest, reference: `${registry.address}/index` };
  registry.attachSignatures("index", first.digest, [kit.sign(kit.key("release"), image)]);
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
const policies = fc.array(requirement, { minLength: 1, maxLength: 2 }).map(([first, ...rest]): Policy => {
  assert.ok(first !== undefined);
  return {
    default: [first, ...rest],
    transports: new Map(),
    images: [],
    digest: digestOf(Buffer.from("policy")),
  };
});

describe("a recorded image", () => {
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
