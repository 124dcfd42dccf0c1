import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { certificateWork } from "@countersign/engine/signature/certificate-work";
import { parseCosignPayload } from "@countersign/engine/signature/signed-payload";
import { bareTrustedRoot } from "@countersign/engine/signature/sigstore/bare-trust";
import { cosignEntity } from "@countersign/engine/signature/sigstore/cosign-entity";
import { parseBundle } from "@countersign/engine/signature/sigstore/parse-bundle";
import { parseStatement } from "@countersign/engine/signature/sigstore/statement";
import type { VerifiedEntity } from "@countersign/engine/signature/sigstore/verified-entity";
import { verifyEntity } from "@countersign/engine/signature/sigstore/verify-entity";
import type { Digest } from "@countersign/engine/values/digest";
import type { UnverifiedSignature } from "@countersign/engine/verify/ports";
import { readAttachments } from "@countersign/sources/attachments/read-attachments";
import type { OpenRepository } from "@countersign/sources/open-repositories";
import { attachmentTag } from "@countersign/testkit/registry/attachments";
import { send } from "@countersign/testkit/registry/faults";
import type { ReferrersMode } from "@countersign/testkit/registry/referrers-route";
import type { KeyKind } from "@countersign/testkit/signing-kit/signing-key";
import { makePredicate } from "./formats/predicate.ts";
import { imageManifests, type PresentManifest } from "./image-manifests.ts";
import { type PerformedTask, performTask } from "./perform-task.ts";
import { attestationTasks, type SignatureTask, type StoredFormat, signatureTasks } from "./signature-task.ts";
import type { SigningParty } from "./signing-party.ts";
import { keyParty, type SigningSite, signingSite } from "./testing/signing-site.ts";
import { noWitnesses } from "./witness.ts";

const { signal } = new AbortController();
const none: ReferrersMode = { type: "none" };
const both: readonly StoredFormat[] = ["bundle", "legacy"];

/** An image in a registry, signed there as often as a test likes. */
interface SignedImage extends SigningSite {
  readonly app: OpenRepository;
  readonly image: PresentManifest;
  perform(tasks: readonly SignatureTask[], party?: SigningParty): Promise<readonly PerformedTask[]>;
  stored(kind?: "signatures" | "attestations"): Promise<readonly UnverifiedSignature[]>;
}

async function signedImage(referrers: ReferrersMode = { type: "api" }): Promise<SignedImage> {
  const site = await signingSite({ referrers });
  site.registry.image("team/app:v1");
  const app = await site.open("team/app");
  const image = await imageManifests(app, { tag: "v1" }, signal);
  return {
    ...site,
    app,
    image,
    async perform(tasks, party = keyParty("release")) {
      const means = { party: async () => party, witnesses: noWitnesses, timing: site.timing };
      const performed: PerformedTask[] = [];
      for (const task of tasks) performed.push(await performTask(app, task, means, signal));
      return performed;
    },
    stored: (kind = "signatures") =>
      readAttachments(
        app,
        { subject: image.digest, kind, place: { repository: undefined, tagPrefix: "" } },
        signal,
      ),
  };
}

const asked = { names: ["registry.example/team/app:v1"] as const, annotations: new Map<string, string>() };

function verified(signature: UnverifiedSignature | undefined, party: SigningParty): VerifiedEntity {
  assert.ok(signature?.type === "bundle" || signature?.type === "sigstore");
  const isBundle = signature.type === "bundle";
  const entity = isBundle ? parseBundle(signature.bytes) : cosignEntity(signature);
  const artifact =
    entity.content.type === "envelope" || isBundle
      ? undefined
      : ({ type: "bytes", bytes: signature.payload } as const);
  return verifyEntity(
    entity,
    {
      signer: { type: "key", keys: [party.signer.publicKey], hashAlgorithm: undefined },
      trust: bareTrustedRoot({ ca: undefined, rekorKeys: [] }),
      demands: { logs: 0, timestamps: 0, scts: 0, now: 0 },
      artifact,
    },
    certificateWork(),
  );
}

describe("an image that is signed", () => {
  for (const [where, referrers] of [
    ["a registry that lists referrers", { type: "api" }],
    ["a registry that lists none", none],
  ] as const) {
    it(`as a bundle is found in ${where}, with its names`, async () => {
      await using scene = await signedImage(referrers);
      const names = ["registry.example/team/app:v1", "public.example/app:v1"] as const;
      const [done] = await scene.perform(
        signatureTasks(["bundle"], { subject: scene.image, names, annotations: new Map([["a", "b"]]) }),
      );
      const [found, ...more] = await scene.stored();
      assert.deepEqual([done?.outcome, done?.location, more], ["stored", found?.location, []]);
      const { content } = verified(found, keyParty("release"));
      assert.ok(content.type === "envelope");
      const { predicateType, subjects } = parseStatement(content);
      assert.equal(predicateType, "https://sigstore.dev/cosign/sign/v1");
      const digests = new Map([["sha256", scene.image.digest.slice(7)]]);
      const annotations = new Map([["a", "b"]]);
      assert.deepEqual(
        subjects,
        names.map((name) => ({ name, digests, annotations })),
      );
    });
  }

  it("in the old format is found under its tag, once for each name", async () => {
    await using scene = await signedImage(none);
    const names = ["registry.example/team/app:v1", "public.example/app:v1"] as const;
    await scene.perform(signatureTasks(["legacy"], { subject: scene.image, names, annotations: new Map() }));
    const found = await scene.stored();
    for (const signature of found) verified(signature, keyParty("release"));
    assert.deepEqual(
      found.map((one) => (one.type === "sigstore" ? parseCosignPayload(one.payload) : undefined)),
      names.map((dockerReference) => ({ manifestDigest: scene.image.digest, dockerReference })),
    );
    assert.ok(scene.registry.store.manifest("team/app", attachmentTag(scene.image.digest)));
  });

  for (const kind of ["p256", "p384", "p521", "rsa2048", "ed25519"] satisfies KeyKind[]) {
    it(`by a key of the kind ${kind} verifies in both formats`, async () => {
      await using scene = await signedImage();
      const party = keyParty("some key", kind);
      await scene.perform(signatureTasks(both, { subject: scene.image, ...asked }), party);
      const found = await scene.stored();
      assert.deepEqual(
        found.map((one) => verified(one, party).signer.type),
        ["key", "key"],
      );
    });
  }

  it("twice has its signatures once, although each would be another", async () => {
    await using scene = await signedImage();
    const tasks = signatureTasks(both, { subject: scene.image, ...asked });
    await scene.perform(tasks);
    const again = await scene.perform(tasks);
    assert.deepEqual(
      again.map(({ outcome }) => outcome),
      ["already there", "already there"],
    );
    assert.deepEqual(
      again.map(({ location }) => location),
      (await scene.stored()).map(({ location }) => location).toReversed(),
    );
  });

  // it would otherwise pass for signed, for good, with a signature that no node's `sigstoreSigned` finds
  it("in the old format, whose signature somebody moved to a referrer, has it under its tag again", async () => {
    await using scene = await signedImage();
    const { mediaType, digest, bytes } = scene.image;
    const { store } = scene.registry;
    const tasks = signatureTasks(["legacy"], { subject: scene.image, ...asked });
    await scene.perform(tasks);
    const tag = attachmentTag(digest);
    const tagged = store.manifest("team/app", tag);
    assert.ok(tagged !== undefined);
    const signed = JSON.parse(Buffer.from(tagged.bytes).toString());
    const artifactType = "application/vnd.dev.cosign.artifact.sig.v1+json";
    const moved = { ...signed, artifactType, subject: { mediaType, digest, size: bytes.length } };
    store.putManifest("team/app", Buffer.from(JSON.stringify(moved)), tagged.mediaType);
    const emptied = Buffer.from(JSON.stringify({ ...signed, layers: [] }));
    store.putManifest("team/app", emptied, tagged.mediaType, tag);
    assert.equal((await scene.stored()).length, 1);

    const [again] = await scene.perform(tasks);
    assert.deepEqual([again?.outcome, again?.location], ["stored", `${scene.app.name}:${tag}`]);
    assert.equal((await scene.stored()).length, 2);
    const [third] = await scene.perform(tasks);
    assert.equal(third?.outcome, "already there");
  });

  it("by another key, under another name or with other annotations has those signatures too", async () => {
    await using scene = await signedImage(none);
    const subject = scene.image;
    await scene.perform(signatureTasks(both, { subject, ...asked }));
    await scene.perform(signatureTasks(both, { subject, ...asked }), keyParty("another"));
    await scene.perform(signatureTasks(both, { ...asked, subject, names: ["public.example/app"] }));
    await scene.perform(signatureTasks(both, { ...asked, subject, annotations: new Map([["a", "b"]]) }));
    assert.equal((await scene.stored()).length, 8);
  });
});

describe("an image that is attested to", () => {
  const predicate = makePredicate("slsaprovenance1", Buffer.from('{"n": 12345678901234567890.10}'), 0);
  for (const format of both) {
    it(`has the statement as a ${format} attestation, and no signature`, async () => {
      await using scene = await signedImage(none);
      const tasks = attestationTasks([format], { subject: scene.image, names: asked.names, predicate });
      await scene.perform(tasks);
      const [again] = await scene.perform(tasks);
      assert.equal(again?.outcome, "already there");
      assert.deepEqual(await scene.stored("signatures"), []);
      const [found, ...more] = await scene.stored("attestations");
      assert.deepEqual(more, []);
      const { content } = verified(found, keyParty("release"));
      assert.ok(content.type === "envelope");
      assert.equal(parseStatement(content).predicateType, "https://slsa.dev/provenance/v1");
      assert.match(
        Buffer.from(content.payload).toString(),
        /"predicate":\{"n": 12345678901234567890\.10\}\}$/,
      );
    });
  }
});

describe("signatures that are there stay", () => {
  it("when others are added under the tag, whatever they are", async () => {
    await using scene = await signedImage();
    const foreign = {
      payload: Buffer.from("not ours"),
      mediaType: "application/vnd.example",
      annotations: new Map([["any", "thing"]]),
    };
    scene.registry.attachSignatures("team/app", scene.image.digest, [foreign]);
    await scene.perform(signatureTasks(["legacy"], { subject: scene.image, ...asked }));
    const [first, second] = await scene.stored();
    assert.ok(first?.type === "sigstore" && second?.type === "sigstore");
    assert.deepEqual(
      [first.mediaType, first.payload, first.annotations],
      [foreign.mediaType, foreign.payload, foreign.annotations],
    );
  });

  it("when several sign in the same moment", async () => {
    await using scene = await signedImage(none);
    const parties = [1, 2, 3].map((n) => keyParty(`signer ${n}`));
    const tasks = signatureTasks(both, { subject: scene.image, ...asked });
    await Promise.all(parties.map((party) => scene.perform(tasks, party)));
    assert.equal((await scene.stored()).length, 6);
  });

  for (const [what, format, tagOf] of [
    ["an old signature", "legacy", attachmentTag],
    ["a bundle's entry", "bundle", (subject: Digest) => subject.replace(":", "-")],
  ] as const) {
    it(`and ${what} is added again when somebody else, who had not seen it, wrote over it`, async () => {
      await using scene = await signedImage(none);
      const { store } = scene.registry;
      const tag = tagOf(scene.image.digest);
      await scene.perform(signatureTasks([format], { subject: scene.image, ...asked }), keyParty("first"));
      const theirs = store.manifest("team/app", tag);
      assert.ok(theirs !== undefined);
      scene.registry.fail(
        new RegExp(`^PUT .*/manifests/${tag}$`),
        (honest, response) => {
          store.putManifest("team/app", theirs.bytes, theirs.mediaType, tag);
          send(honest, response);
        },
        1,
      );
      await scene.perform(signatureTasks([format], { subject: scene.image, ...asked }));
      assert.equal((await scene.stored()).length, 2);
    });
  }

  it("and who is written over again and again says so", async () => {
    await using scene = await signedImage(none);
    const { store } = scene.registry;
    const tag = attachmentTag(scene.image.digest);
    await scene.perform(signatureTasks(["legacy"], { subject: scene.image, ...asked }), keyParty("first"));
    const theirs = store.manifest("team/app", tag);
    assert.ok(theirs !== undefined);
    scene.registry.fail(/^PUT .*\.sig$/, (honest, response) => {
      store.putManifest("team/app", theirs.bytes, theirs.mediaType, tag);
      send(honest, response);
    });
    await assert.rejects(scene.perform(signatureTasks(["legacy"], { subject: scene.image, ...asked })), {
      code: "REGISTRY_CONFLICT",
      message: /^\S+:sha256-\w+\.sig was changed by others each time in 8 that it was written$/,
    });
  });

  it("when there are as many as anybody reads, and none is added", async () => {
    await using scene = await signedImage();
    const payload = Buffer.from("x");
    const many = Array.from({ length: 512 }, () => ({ payload, annotations: new Map<string, string>() }));
    scene.registry.attachSignatures("team/app", scene.image.digest, many);
    await assert.rejects(scene.perform(signatureTasks(["legacy"], { subject: scene.image, ...asked })), {
      code: "TOO_LARGE",
    });
    assert.equal((await scene.stored()).length, 512);
  });

  it("when what is under the tag is something else, which is left alone", async () => {
    await using scene = await signedImage();
    const { store } = scene.registry;
    const tag = attachmentTag(scene.image.digest);
    const foreign = store.putManifest(
      "team/app",
      Buffer.from('{"schemaVersion":2,"manifests":[]}'),
      "application/vnd.oci.image.index.v1+json",
      tag,
    );
    await assert.rejects(
      scene.perform(signatureTasks(["legacy"], { subject: scene.image, ...asked })),
      /is not what belongs there|sigstore attachment manifest/,
    );
    assert.equal(store.manifest("team/app", tag)?.digest, foreign.digest);
  });
});
