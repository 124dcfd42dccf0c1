import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { after, before, describe, it } from "node:test";
import { digestOf } from "@countersign/engine/values/digest";
import type { Signer, WorldImage } from "../world/images.ts";
import { type Namespace, PolicyHistory } from "../world/policy-history.ts";
import { type Answer, kindOf } from "./answer.ts";
import { type Excuses, noExcuses, processAway, registryAway, registryLies } from "./excuses.ts";
import { Oracle } from "./oracle.ts";

let folder: string;
let policies: PolicyHistory;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "oracle-"));
  policies = new PolicyHistory(folder, (kind) => kind);
  await policies.setUp();
});
after(() => rm(folder, { recursive: true }));

const image = (group: WorldImage["group"], ...signers: readonly Signer[]): WorldImage => ({
  name: `${group}/app:v1`,
  reference: `registry.example/${group}/app:v1`,
  group,
  contents: [
    {
      id: digestOf(Buffer.from("config")),
      digest: digestOf(Buffer.from("manifest")),
      signers: new Set(signers),
    },
  ],
  isPreloaded: false,
});

function answer(code: number, message: string, call = "PullImage"): Answer {
  const now = performance.now();
  const span = { from: now, until: now };
  return {
    kind: kindOf(code, message),
    call,
    code,
    message,
    span,
    imageRef: undefined,
    containerId: undefined,
  };
}

const refusal = "SignatureValidationFailed: Source image rejected: no";
const outage = "RegistryUnavailable: no";

describe("the oracle finds", () => {
  const rows: readonly (readonly [
    what: string,
    namespace: Namespace,
    image: WorldImage,
    answer: readonly [code: number, message: string, call?: string],
    excuses: Excuses,
    found: string | undefined,
  ])[] = [
    [
      "nothing in a signed image that is pulled",
      "strict",
      image("signed", "release"),
      [0, ""],
      noExcuses,
      undefined,
    ],
    ["an unsigned image that is pulled", "strict", image("signed"), [0, ""], noExcuses, "wrongly allowed"],
    [
      "one although the registry lies",
      "strict",
      image("signed", "intruder"),
      [0, ""],
      registryLies,
      "wrongly allowed",
    ],
    [
      "nothing in an unsigned image that is refused",
      "strict",
      image("open"),
      [2, refusal],
      noExcuses,
      undefined,
    ],
    [
      "a signed image that is refused",
      "default",
      image("signed", "release"),
      [2, refusal],
      noExcuses,
      "wrongly refused",
    ],
    [
      "one that is refused for an outage",
      "default",
      image("signed", "release"),
      [2, refusal],
      registryAway,
      "wrongly refused",
    ],
    [
      "nothing in one that a lying registry spoilt",
      "default",
      image("signed", "release"),
      [2, refusal],
      registryLies,
      undefined,
    ],
    [
      "an outage when there is none",
      "default",
      image("signed", "release"),
      [2, outage],
      noExcuses,
      "unexplained failure",
    ],
    [
      "nothing in an outage when there is one",
      "default",
      image("signed", "release"),
      [2, outage],
      registryAway,
      undefined,
    ],
    [
      "nothing in a container of an image that a lying registry does not know",
      "default",
      image("signed", "release"),
      [2, "Source image rejected: fetching blob: blob unknown", "CreateContainer"],
      registryLies,
      undefined,
    ],
    [
      "one of an image that a registry does not know, which is only away",
      "default",
      image("signed", "release"),
      [2, "Source image rejected: fetching blob: blob unknown", "CreateContainer"],
      registryAway,
      "unexplained failure",
    ],
    ["a call that was not answered in time", "lax", image("open"), [4, "late"], processAway, "no answer"],
    [
      "an intruder's image where the release's is wanted",
      "default",
      image("signed", "intruder"),
      [0, ""],
      noExcuses,
      "wrongly allowed",
    ],
    [
      "nothing in it where the intruder's is",
      "other",
      image("signed", "intruder"),
      [0, ""],
      noExcuses,
      undefined,
    ],
    ["nothing in what a namespace may have unsigned", "lax", image("signed"), [0, ""], noExcuses, undefined],
  ];
  for (const [what, namespace, asked, [code, message, call], excuses, found] of rows) {
    it(what, () => {
      const oracle = new Oracle(policies);
      const question = { type: "pull", image: asked, namespace } as const;
      assert.equal(oracle.judge(question, answer(code, message, call), excuses)?.[0], found);
    });
  }

  it("a container that a registry's outage keeps from being made although all of it was verified before", () => {
    const oracle = new Oracle(policies);
    const question = {
      type: "run",
      image: image("signed", "release"),
      volume: undefined,
      namespace: "strict",
    } as const;
    const failed = answer(2, outage, "CreateContainer");
    assert.equal(oracle.judge(question, failed, registryAway), undefined);
    oracle.learn(question, answer(0, "", "PullImage"));
    assert.equal(oracle.judge(question, failed, registryAway)?.[0], "unexplained failure");
    oracle.forgetEvidence(performance.now());
    assert.equal(oracle.judge(question, failed, registryAway), undefined);
  });

  it("nothing in one that was allowed by a verdict of which the evidence is gone", () => {
    const oracle = new Oracle(policies);
    const question = { type: "pull", image: image("signed", "release"), namespace: "strict" } as const;
    const failed = answer(2, outage, "CreateContainer");
    const gone = performance.now();
    oracle.forgetEvidence(gone);
    oracle.learn(question, answer(0, "", "CreateContainer"));
    assert.equal(oracle.judge(question, failed, registryAway), undefined);
    const from = gone + 60_001;
    oracle.learn(question, { ...answer(0, "", "CreateContainer"), span: { from, until: from } });
    assert.equal(oracle.judge(question, failed, registryAway)?.[0], "unexplained failure");
    oracle.forgetEvidence(from);
    oracle.learn(question, answer(0, "", "PullImage"));
    assert.equal(oracle.judge(question, failed, registryAway)?.[0], "unexplained failure");
  });

  it("an image that has gone away, unless its tag moves meanwhile", () => {
    const oracle = new Oracle(policies);
    const excuses: Excuses = { ...noExcuses, moving: ["image gone"] };
    const stays = image("open");
    const moves: WorldImage = { ...stays, contents: [stays.contents[0], stays.contents[0]] };
    const run = (one: WorldImage, volume?: WorldImage) =>
      ({ type: "run", image: one, volume, namespace: "lax" }) as const;
    const words = [
      `the runtime does not have the image "sha256:1f36"`,
      `failed to resolve image "sha256:1f36": not found`,
      `failed to get image from containerd "registry.example/app:v1": not found`,
    ];
    for (const gone of words.map((message) => answer(2, message, "CreateContainer"))) {
      assert.equal(oracle.judge(run(stays), gone, excuses)?.[0], "unexplained failure");
      assert.equal(oracle.judge(run(moves), gone, noExcuses)?.[0], "unexplained failure");
      assert.equal(oracle.judge(run(moves), gone, excuses), undefined);
      assert.equal(oracle.judge(run(stays, moves), gone, excuses), undefined);
    }
    const late = answer(4, "late", "CreateContainer");
    assert.equal(oracle.judge(run(moves), late, excuses)?.[0], "no answer");
  });

  it("no fault in what stays of a moving tag once somebody could have it unsigned", () => {
    const oracle = new Oracle(policies);
    const stays = image("signed");
    const moves: WorldImage = { ...stays, contents: [stays.contents[0], stays.contents[0]] };
    const question = { type: "pull", image: moves, namespace: "strict" } as const;
    oracle.learn(question, answer(0, ""));
    oracle.learn({ ...question, namespace: "lax", image: stays }, answer(0, ""));
    assert.equal(oracle.mayStay(["registry.example/signed/app"]), false);
    oracle.learn({ ...question, namespace: "lax" }, answer(2, "failed"));
    assert.equal(oracle.mayStay(["registry.example/signed/app"]), true);
    assert.equal(oracle.mayStay(["registry.example/signed/other"]), false);
  });
});

describe("the oracle goes by policies", () => {
  const question = { type: "pull", image: image("signed"), namespace: "strict" } as const;

  it("of which any was in force while the question was open, and by no other", async () => {
    const oracle = new Oracle(policies);
    const begun = performance.now();
    await policies.set("strict", "accept anything");
    await policies.set("strict", "all signed");
    const open = { from: begun, until: performance.now() };
    assert.deepEqual(oracle.truthOf(question, open), { may: true, must: false });
    const now = { from: performance.now(), until: performance.now() };
    assert.deepEqual(oracle.truthOf(question, now), { may: false, must: false });
  });

  it("of the namespace alone, and of all when it has none", async () => {
    const oracle = new Oracle(policies);
    await policies.set("strict", "absent");
    await policies.set("", "accept anything");
    const now = { from: performance.now(), until: performance.now() };
    assert.deepEqual(oracle.truthOf(question, now), { may: true, must: true });
  });

  it("of which there are none while their directory is away", async () => {
    const oracle = new Oracle(policies);
    await policies.takeAway();
    const away = { from: performance.now(), until: performance.now() };
    await policies.bringBack();
    const lax = { ...question, namespace: "lax" } as const;
    assert.deepEqual(oracle.truthOf(lax, away), { may: true, must: false });
    assert.equal(oracle.truthOf(lax, { from: performance.now(), until: performance.now() }).must, true);
  });
});
