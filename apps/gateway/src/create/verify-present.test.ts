import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { digestOf } from "@countersign/engine/values/digest";
import { CountersignError } from "@countersign/engine/values/error";
import { formatReference, parseImageReference } from "@countersign/engine/values/image-reference";
import { mediaTypes } from "@countersign/engine/values/manifest";
import { fixedTrustFiles, fixedTrustRepositories } from "@countersign/engine/verify/fixed-sources";
import type { Warning } from "@countersign/engine/verify/warnings";
import type { Image } from "@countersign/sources/cri/generated/cri_pb";
import type { RecordedImage } from "@countersign/sources/evidence/recorded-image";
import { replay } from "@countersign/sources/evidence/replay";
import {
  amd64,
  imageOf,
  indexOf,
  policyOf,
  presentAs,
  recordingOf,
  signatureOf,
  signedByRelease,
  type TestImage,
} from "../testing/signed-images.ts";
import { presentVerifier } from "./verify-present.ts";

const repository = "registry.example/signed/app";
const tag = `${repository}:v1`;
const app = imageOf("app");
const evil = imageOf("evil");
const index = indexOf(app);
const policy = policyOf({
  "registry.example/signed": [signedByRelease],
  "bad.example": [{ type: "reject" }],
  "trial.example/signed": [{ ...signedByRelease, mode: "warn" }],
  "trial.example/bad": [{ type: "reject", mode: "warn" }],
  "half.example": [signedByRelease, { type: "reject", mode: "warn" }],
});
const trial = "trial.example/signed:v1";
const patient = new AbortController().signal;

const signed = (image: TestImage = app, name = tag) =>
  recordingOf(name, image, { signatures: [signatureOf(image, name)] });
const unsigned = (image: TestImage = app, name = tag) => recordingOf(name, image);
const signedIndex = recordingOf(tag, index, { instances: [app], signatures: [signatureOf(app, tag)] });
const digested = (image: TestImage, of = repository) => `${of}@${image.digest}`;

interface Case {
  readonly present: Image;
  readonly asked?: string;
  readonly kept?: readonly RecordedImage[];
  /** what the registry has, by the names it is asked for */
  readonly registry?: Readonly<Record<string, RecordedImage>>;
  readonly isDown?: true;
}

async function judge({ present, asked = tag, kept = [], registry = {}, isDown }: Case, signal = patient) {
  const fetched: string[] = [];
  const verifier = presentVerifier({
    sources: {
      kept: (digest, signal) => {
        const found = kept.filter(({ manifest }) => digestOf(manifest.bytes) === digest);
        return Promise.all(found.map((one) => replay(one).open(one.image, signal)));
      },
      async fetch(image, signal) {
        const name = formatReference(image);
        fetched.push(name);
        if (isDown) throw new CountersignError("REGISTRY_UNREACHABLE", "connection refused");
        const found = registry[name];
        if (found === undefined)
          throw new CountersignError("REGISTRY_NOT_FOUND", `manifest unknown: ${name}`);
        return await replay(found).open(found.image, signal);
      },
    },
    trustFiles: fixedTrustFiles(new Map()),
    trustRepositories: fixedTrustRepositories(),
    clock: { now: () => 0 },
    platform: amd64,
  });
  const verdict = await verifier.verify({ asked: parseImageReference(asked), present, policy }, signal).then(
    (given) => (given.allowed ? allowedWith(given.warnings) : given.code),
    (error: unknown) => CountersignError.from(error).code,
  );
  return { verdict, fetched };
}

function allowedWith(warnings: readonly Warning[]): string {
  return ["allowed", ...warnings.map(({ code }) => code)].join(", warned of ");
}

describe("an image that the runtime has is", () => {
  const rows: readonly (readonly [what: string, given: Case, verdict: string, fetched: readonly string[]])[] =
    [
      [
        "allowed by what was kept, and nobody is asked",
        { present: presentAs(app, [tag, digested(app)]), kept: [signed()] },
        "allowed",
        [],
      ],
      [
        "allowed by the registry's answer where nothing was kept",
        { present: presentAs(app, [tag, digested(app)]), registry: { [digested(app)]: signed() } },
        "allowed",
        [digested(app)],
      ],
      [
        "allowed if it was signed since it was kept",
        {
          present: presentAs(app, [digested(app)]),
          kept: [unsigned()],
          registry: { [digested(app)]: signed() },
        },
        "allowed",
        [digested(app)],
      ],
      [
        "denied if neither what was kept nor the registry has a signature",
        {
          present: presentAs(app, [digested(app)]),
          kept: [unsigned()],
          registry: { [digested(app)]: unsigned() },
        },
        "SIGNATURE_MISSING",
        [digested(app)],
      ],
      [
        "denied by what was kept though the registry is away",
        { present: presentAs(app, [digested(app)]), kept: [unsigned()], isDown: true },
        "SIGNATURE_MISSING",
        [digested(app)],
      ],
      [
        "undecided if nothing was kept and the registry is away",
        { present: presentAs(app, [digested(app)]), isDown: true },
        "REGISTRY_UNREACHABLE",
        [digested(app)],
      ],
      [
        "allowed if it came without a digest and is what its tag means",
        { present: presentAs(app, [tag]), registry: { [tag]: signed() } },
        "allowed",
        [tag],
      ],
      [
        "not taken for what its tag means now if it came without a digest and is another",
        { present: presentAs(evil, [tag]), registry: { [tag]: signed() } },
        "RUNTIME_MISMATCH",
        [tag],
      ],
      [
        "denied if it came without a digest and nobody signed what its tag means",
        { present: presentAs(app, [tag]), registry: { [tag]: unsigned() } },
        "SIGNATURE_MISSING",
        [tag],
      ],
      [
        "not taken for the signed one by a digest that the runtime shows and its id belies",
        { present: presentAs(evil, [tag, digested(app)]), kept: [signed()] },
        "RUNTIME_MISMATCH",
        [digested(app)],
      ],
      [
        "denied with another repository's evidence, whose signature is for that one",
        {
          present: presentAs(app, [digested(app), digested(app, "other.example/app")]),
          kept: [signed(app, "other.example/app:v1")],
          registry: { [digested(app)]: unsigned() },
        },
        "SIGNATURE_MISSING",
        [digested(app)],
      ],
      [
        "allowed with evidence that lies under another repository, whose signature is for the asked one",
        {
          present: presentAs(app, [digested(app)]),
          kept: [recordingOf("mirror.example/app:v1", app, { signatures: [signatureOf(app, tag)] })],
        },
        "allowed",
        [],
      ],
      [
        "asked for by all its digests, the asked repository's first",
        {
          present: presentAs(app, [digested(evil, "a.example/x"), digested(app)]),
          registry: { [digested(evil)]: signed() },
        },
        "allowed",
        [digested(app), digested(evil)],
      ],
      [
        "allowed by the instance of a signed index that it is",
        { present: presentAs(app, [tag, digested(index)]), kept: [signedIndex] },
        "allowed",
        [],
      ],
      [
        "not taken for the instance of a signed index that it is not",
        { present: presentAs(evil, [tag, digested(index)]), kept: [signedIndex], isDown: true },
        "RUNTIME_MISMATCH",
        [digested(index)],
      ],
      [
        "allowed by CRI-O's id, which is the config's digest without its algorithm",
        {
          present: presentAs({ id: app.id.slice("sha256:".length) as TestImage["id"] }, [tag]),
          registry: { [tag]: signed() },
        },
        "allowed",
        [tag],
      ],
      [
        "allowed by CRI-O's list of the manifests it stored, an index's instance among them",
        {
          present: presentAs({ id: "f".repeat(64) as TestImage["id"] }, [digested(index), digested(app)]),
          kept: [signedIndex],
        },
        "allowed",
        [],
      ],
      [
        "not taken for a signed one by CRI-O's own id",
        {
          present: presentAs({ id: "f".repeat(64) as TestImage["id"] }, [tag]),
          registry: { [tag]: signed() },
        },
        "RUNTIME_MISMATCH",
        [tag],
      ],
      [
        "undecided if the asked digest is none of its own",
        { present: presentAs(app, [digested(app)]), asked: digested(evil), kept: [signed(evil)] },
        "RUNTIME_MISMATCH",
        [],
      ],
      [
        "allowed by the name alone where that is enough and it has that name",
        { present: presentAs(evil, ["free.example/app:v1"]), asked: "free.example/app:v2" },
        "allowed",
        [],
      ],
      [
        "not allowed by a name alone that it has not",
        { present: presentAs(evil, [tag, digested(evil)]), asked: "free.example/app:v1" },
        "RUNTIME_MISMATCH",
        [],
      ],
      [
        "allowed and warned of by its name alone",
        { present: presentAs(app, ["trial.example/bad:v1"]), asked: "trial.example/bad:v1" },
        "allowed, warned of POLICY_REJECTS",
        [],
      ],
      [
        "allowed and warned of where nobody signed it",
        {
          present: presentAs(app, [trial, digested(app, "trial.example/signed")]),
          asked: trial,
          registry: { [digested(app, "trial.example/signed")]: unsigned(app, trial) },
        },
        "allowed, warned of SIGNATURE_MISSING",
        [digested(app, "trial.example/signed")],
      ],
      [
        "allowed and warned of by what was kept",
        {
          present: presentAs(app, [trial, digested(app, "trial.example/signed")]),
          asked: trial,
          kept: [unsigned(app, trial)],
        },
        "allowed, warned of SIGNATURE_MISSING",
        [],
      ],
      [
        "allowed without a warning where it is signed",
        {
          present: presentAs(app, [trial, digested(app, "trial.example/signed")]),
          asked: trial,
          kept: [signed(app, trial)],
        },
        "allowed",
        [],
      ],
      [
        "allowed and warned of where its registry is away and nothing was kept",
        { present: presentAs(app, [trial]), asked: trial, isDown: true },
        "allowed, warned of REGISTRY_UNREACHABLE",
        [trial],
      ],
      [
        "allowed and warned of where it is another one than its tag means now",
        { present: presentAs(evil, [trial]), asked: trial, registry: { [trial]: signed(app, trial) } },
        "allowed, warned of RUNTIME_MISMATCH",
        [trial],
      ],
      [
        "not allowed under a name that it has not, though its scope only warns",
        { present: presentAs(app, [tag]), asked: trial },
        "RUNTIME_MISMATCH",
        [],
      ],
      [
        "allowed and warned of where something else is demanded too, and holds",
        {
          present: presentAs(app, ["half.example/app:v1", digested(app, "half.example/app")]),
          asked: "half.example/app:v1",
          kept: [signed(app, "half.example/app:v1")],
        },
        "allowed, warned of POLICY_REJECTS",
        [],
      ],
      [
        "rejected by its name, whatever it is",
        { present: presentAs(app, [tag]), asked: "bad.example/app:v1" },
        "POLICY_REJECTS",
        [],
      ],
    ];
  for (const [what, given, verdict, fetched] of rows) {
    it(what, async () => assert.deepEqual(await judge(given), { verdict, fetched }));
  }

  it("not said to be let in with a warning when its caller has left", async () => {
    const present = presentAs(app, [trial, digested(app, "trial.example/signed")]);
    const left = AbortSignal.abort(new CountersignError("CANCELLED", "left"));
    assert.equal((await judge({ present, asked: trial, isDown: true }, left)).verdict, "CANCELLED");
  });

  it("not taken for a signed one of a format without config, whose manifest nothing binds to an id", async () => {
    const bytes = Buffer.from(
      JSON.stringify({
        schemaVersion: 1,
        name: "signed/app",
        tag: "v1",
        architecture: "amd64",
        fsLayers: [],
        history: [],
      }),
    );
    const old = imageOf("old");
    const schema1: TestImage = {
      ...old,
      manifest: { bytes, mediaType: "application/vnd.docker.distribution.manifest.v1+json" },
    };
    const { verdict } = await judge({
      present: presentAs(old, [tag]),
      registry: { [tag]: recordingOf(tag, schema1, { signatures: [signatureOf(schema1, tag)] }) },
    });
    assert.notEqual(verdict, "allowed");
  });

  it("judged as an image, not as the config that its manifest is at once", async () => {
    const both = Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: mediaTypes.ociManifest,
        config: { digest: app.id },
        layers: [],
        manifests: [],
      }),
    );
    const twofold: TestImage = { ...app, manifest: { bytes: both, mediaType: mediaTypes.ociIndex } };
    const { verdict } = await judge({
      present: presentAs(app, [tag]),
      registry: { [tag]: unsigned(twofold) },
    });
    assert.notEqual(verdict, "allowed");
  });
});

it("who leaves while it is judged is told so, not what the registry said", async () => {
  const caller = AbortSignal.abort(new CountersignError("CANCELLED", "gone"));
  assert.equal((await judge({ present: presentAs(app, [tag]), isDown: true }, caller)).verdict, "CANCELLED");
});
