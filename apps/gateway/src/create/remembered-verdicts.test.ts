import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { policySubject } from "@countersign/engine/policy/policy-subject";
import { selectScope } from "@countersign/engine/policy/select-scope";
import { CountersignError } from "@countersign/engine/values/error";
import { parseImageReference } from "@countersign/engine/values/image-reference";
import { dockerImage } from "@countersign/engine/values/located-image";
import { acceptAnything, imageOf, policyOf, presentAs, signedByRelease } from "../testing/signed-images.ts";
import { type RememberedVerdicts, rememberedVerdicts } from "./remembered-verdicts.ts";
import type { PresentQuestion, PresentVerdict } from "./verify-present.ts";

const app = imageOf("app");
const tag = "registry.example/app:v1";
const digested = `registry.example/app@${app.digest}`;
const patient = new AbortController().signal;
const strict = policyOf({ "registry.example": [signedByRelease] });

const question = (init: Partial<PresentQuestion> = {}): PresentQuestion => ({
  asked: parseImageReference(tag),
  present: presentAs(app, [tag, digested]),
  policy: strict,
  ...init,
});

let now: number;
let stamp: string | undefined;
let judged: number;
let outcome: "allowed" | "warned" | "denied" | Error;
let whileJudging: () => Promise<void>;
let verifier: RememberedVerdicts;

beforeEach(() => {
  now = 0;
  stamp = "first";
  judged = 0;
  outcome = "allowed";
  whileJudging = async () => {};
  verifier = rememberedVerdicts({
    verifier: { verify },
    foundations: { stamp: async () => stamp },
    now: () => now,
  });
});

async function verify({ asked, policy }: PresentQuestion): Promise<PresentVerdict> {
  judged++;
  await whileJudging();
  if (outcome instanceof Error) throw outcome;
  const scope = selectScope(policy.policy, policySubject(dockerImage(asked)));
  const warnings = outcome === "warned" ? [{ code: "SIGNATURE_MISSING", reason: "unsigned" } as const] : [];
  return outcome !== "denied"
    ? { allowed: true, scope, digest: app.digest, warnings }
    : { allowed: false, scope, digest: app.digest, code: "SIGNATURE_MISSING", text: "unsigned" };
}

const ask = (init?: Partial<PresentQuestion>) => verifier.verify(question(init), patient);

describe("rememberedVerdicts", () => {
  it("judges once what a hundred ask at once", async () => {
    const verdicts = await Promise.all(Array.from({ length: 100 }, () => ask()));
    assert.ok(verdicts.every(({ allowed }) => allowed));
    assert.equal(judged, 1);
  });

  it("judges once what a hundred ask in turn", async () => {
    for (let at = 0; at < 100; at++) await ask();
    assert.equal(judged, 1);
  });

  it("holds no more verdicts than were asked for within a minute or two, however often policies change", async () => {
    const counts: number[] = [];
    for (let change = 0; change < 300; change++) {
      stamp = `change ${change}`;
      now += 1_000;
      await ask();
      counts.push(verifier.remembered);
    }
    assert.equal(judged, 300);
    assert.equal(Math.max(...counts), 60);
  });

  it("judges anew after a minute what it allowed", async () => {
    await ask();
    now = 59_999;
    await ask();
    assert.equal(judged, 1);
    now = 60_000;
    await ask();
    assert.equal(judged, 2);
  });

  it("judges anew after ten seconds what it denied", async () => {
    outcome = "denied";
    await ask();
    now = 9_999;
    await ask();
    assert.equal(judged, 1);
    now = 10_000;
    outcome = "allowed";
    assert.ok((await ask()).allowed);
  });

  it("judges anew after ten seconds what it warned of", async () => {
    outcome = "warned";
    await ask();
    now = 9_999;
    await ask();
    assert.equal(judged, 1);
    now = 10_000;
    outcome = "allowed";
    const verdict = await ask();
    assert.ok(verdict.allowed);
    assert.deepEqual(verdict.warnings, []);
  });

  it("holds 4096 verdicts at most", async () => {
    for (let at = 0; at < 4100; at++) {
      stamp = `file ${at}`;
      await ask();
    }
    assert.equal(verifier.remembered, 4096);
  });

  it("remembers nothing that could not be decided", async () => {
    outcome = new CountersignError("REGISTRY_UNREACHABLE", "connection refused");
    await assert.rejects(ask(), { code: "REGISTRY_UNREACHABLE" });
    outcome = "allowed";
    assert.ok((await ask()).allowed);
  });

  it("lets one who leaves not take the others' verdict along", async () => {
    const leaver = new AbortController();
    const gone = verifier.verify(question(), leaver.signal);
    const staying = ask();
    leaver.abort();
    await assert.rejects(gone, { code: "CANCELLED" });
    assert.ok((await staying).allowed);
  });
});

describe("rememberedVerdicts takes for another question", () => {
  const others: readonly (readonly [what: string, init: Partial<PresentQuestion>])[] = [
    ["another policy's", { policy: policyOf({ "registry.example": [acceptAnything] }) }],
    ["another name's", { asked: parseImageReference("registry.example/app:v2") }],
    ["another image's of that name", { present: presentAs(imageOf("evil"), [tag, digested]) }],
    ["the image's after it lost its name", { present: presentAs(app, [digested]) }],
    [
      "the image's after it got another digest",
      { present: presentAs(app, [tag, digested, `x.example/app@${imageOf("x").digest}`]) },
    ],
  ];
  for (const [what, init] of others) {
    it(what, async () => {
      await ask();
      outcome = "denied";
      assert.equal((await ask(init)).allowed, false);
      assert.equal(judged, 2);
    });
  }

  it("the same one after a key file or what is kept of the image has changed", async () => {
    await ask();
    stamp = "second";
    outcome = "denied";
    assert.equal((await ask()).allowed, false);
  });
});

describe("rememberedVerdicts, while what it rests on", () => {
  it("cannot be told, remembers nothing", async () => {
    stamp = undefined;
    await ask();
    await ask();
    assert.equal(judged, 2);
    stamp = "first";
    outcome = "denied";
    assert.equal((await ask()).allowed, false);
  });

  it("changes under a judgement, remembers nothing of it", async () => {
    whileJudging = async () => {
      stamp = "second";
    };
    await ask();
    outcome = "denied";
    assert.equal((await ask()).allowed, false);
    stamp = "first";
    assert.equal((await ask()).allowed, false);
  });
});
