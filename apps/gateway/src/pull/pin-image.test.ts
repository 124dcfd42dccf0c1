import assert from "node:assert/strict";
import { once } from "node:events";
import { beforeEach, describe, it } from "node:test";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { digestOf } from "@countersign/engine/values/digest";
import {
  ImageStatusResponseSchema,
  PullImageRequestSchema,
  PullImageResponseSchema,
} from "@countersign/sources/cri/generated/cri_pb";
import { type ManualTiming, manualTiming } from "@countersign/testkit/registry/manual-timing";
import { type RuntimeAnswer, rpcCode } from "../gate.ts";
import {
  type PublishedImage,
  type RuntimeInMemory,
  refusal,
  runtimeInMemory,
} from "../testing/runtime-in-memory.ts";
import { dockerHubImage } from "./image-names.ts";
import { type ImagePinner, imagePinner, type PinnedPull } from "./pin-image.ts";
import { decodePullRequest, type PullRequest } from "./pull-request.ts";
import { runtimeImages } from "./runtime-images.ts";
import { type TagMoves, tagMoves } from "./tag-moves.ts";
import type { VerifiedImage } from "./verified-image.ts";

const repository = "registry.example/app";
const tag = `${repository}:v1`;
const patient = new AbortController().signal;

const published = (name: string): PublishedImage => ({
  digest: digestOf(Buffer.from(`manifest of ${name}`)),
  id: digestOf(Buffer.from(`config of ${name}`)),
});
const good = published("good");
const evil = published("evil");

let runtime: RuntimeInMemory;
let pinner: ImagePinner;
let leftovers: string[];
let timing: ManualTiming;
let tags: TagMoves;

beforeEach(() => {
  runtime = runtimeInMemory();
  runtime.published.set(tag, good);
  leftovers = [];
  timing = manualTiming();
  tags = tagMoves(timing);
  const events = {
    removed: (name: string) => void leftovers.push(`removed ${name}`),
    kept: (name: string, why: string) => void leftovers.push(`kept ${name}: ${why}`),
    failed: (name: string) => void leftovers.push(`failed ${name}`),
  };
  pinner = imagePinner({ tags, timing, events });
});

function requestFor(image: string): PullRequest {
  return decodePullRequest(
    toBinary(
      PullImageRequestSchema,
      create(PullImageRequestSchema, {
        image: { image },
        auth: { username: "u", password: "p" },
        sandboxConfig: { metadata: { namespace: "team" } },
      }),
    ),
  );
}

function verified(
  image: string,
  { digest, id }: PublishedImage,
  instance: VerifiedImage["instance"] = digest,
): VerifiedImage {
  return { reference: dockerHubImage(image), digest, instance, config: id };
}

function pull(image = tag, content = verified(image, good), signal = patient): Promise<PinnedPull> {
  return pinner.pull(requestFor(image), content, runtimeImages(runtime, []), signal);
}

/** Replaces the tag just before the runtime pulls it for the `count` first times. */
function moveTagWhenPulled(to: PublishedImage, count = 1): void {
  let left = count;
  runtime.beforeCall = async (call) => {
    if (call === `PullImage ${tag}` && left-- > 0) runtime.published.set(tag, to);
    return undefined;
  };
}

const onDisk = () => [...runtime.names.keys()].sort();
const imageRef = (pulled: PinnedPull) =>
  pulled.type === "pulled" ? fromBinary(PullImageResponseSchema, pulled.answer).imageRef : pulled.type;

describe("a pull by tag", () => {
  it("makes the runtime pull the verified digest, then the tag, and looks at what the tag is", async () => {
    assert.equal(imageRef(await pull()), good.id);
    assert.deepEqual(runtime.calls, [
      `ImageStatus ${repository}@${good.digest}`,
      `PullImage ${repository}@${good.digest}`,
      `ImageStatus ${repository}@${good.digest}`,
      `ImageStatus ${tag}`,
      `PullImage ${tag}`,
      `ImageStatus ${tag}`,
    ]);
  });

  it("pulls the digest with the call's pod and credentials, and the tag with the call's own bytes", async () => {
    await pull();
    const [byDigest, byTag] = runtime.pulls;
    assert.ok(byDigest !== undefined);
    const sent = fromBinary(PullImageRequestSchema, byDigest);
    assert.deepEqual(
      [sent.auth?.username, sent.auth?.password, sent.sandboxConfig?.metadata?.namespace],
      ["u", "p", "team"],
    );
    assert.deepEqual(byTag, requestFor(tag).bytes);
  });

  it("pulls only the tag when the content is on disk", async () => {
    await pull();
    runtime.pulls.length = 0;
    assert.equal(imageRef(await pull()), good.id);
    assert.equal(runtime.pulls.length, 1);
  });

  it("leaves the tag and the digest on disk", async () => {
    await pull();
    assert.deepEqual(onDisk(), [tag, `${repository}@${good.digest}`]);
    assert.deepEqual(leftovers, []);
  });
});

describe("a tag that moved between the check and the pull", () => {
  it("is noticed, and nothing of either image stays", async () => {
    moveTagWhenPulled(evil);
    assert.equal((await pull()).type, "tagMoved");
    assert.deepEqual(onDisk(), []);
    assert.deepEqual(leftovers, [`removed ${tag}`, `removed ${repository}@${good.digest}`]);
  });

  it("leaves what was on disk before under that very name", async () => {
    runtime.names.set(tag, evil);
    moveTagWhenPulled(evil);
    assert.equal((await pull()).type, "tagMoved");
    assert.ok(runtime.names.has(tag));
  });

  it("leaves verified content that was on disk before", async () => {
    await pull();
    moveTagWhenPulled(evil);
    assert.equal((await pull()).type, "tagMoved");
    assert.deepEqual(onDisk(), [`${repository}@${good.digest}`]);
  });

  const users: readonly (readonly [why: string, use: () => void, kept: string])[] = [
    ["another tag means", () => runtime.names.set(`${repository}:v2`, evil), `it is also ${repository}:v2`],
    [
      "another repository has",
      () => runtime.names.set(`registry.example/other@${evil.digest}`, evil),
      `it is also registry.example/other@${evil.digest}`,
    ],
    ["a container uses", () => runtime.containers.add(evil.id), "a container uses it"],
    [
      "a container uses, which names it by its digest",
      () => runtime.containers.add(`${repository}@${evil.digest}`),
      "a container uses it",
    ],
    ["is pinned", () => runtime.pinned.add(evil.id), "it is pinned"],
  ];
  for (const [why, use, kept] of users) {
    it(`leaves an image that ${why}`, async () => {
      use();
      moveTagWhenPulled(evil);
      assert.equal((await pull()).type, "tagMoved");
      assert.equal(leftovers[0], `kept ${tag}: ${kept}`);
      assert.ok(runtime.names.has(tag));
    });
  }

  it("is noticed too when it moved back before the look at it", async () => {
    moveTagWhenPulled(evil);
    const moving = runtime.beforeCall;
    let looks = 0;
    runtime.beforeCall = async (call, signal) => {
      if (call === `ImageStatus ${tag}` && ++looks === 2) runtime.names.set(tag, good);
      return await moving(call, signal);
    };
    assert.equal((await pull()).type, "tagMoved");
  });

  it("is accepted when both digests are the same image", async () => {
    const repacked = { ...good, digest: published("repacked").digest };
    moveTagWhenPulled(repacked);
    assert.equal(imageRef(await pull()), good.id);
  });
});

describe("a runtime that takes another name for the tag", () => {
  it("is refused with both names, for retrying would not help", async () => {
    runtime.beforeCall = async (call) => {
      if (call === `PullImage ${tag}`) {
        runtime.names.set(`elsewhere.example/app@${evil.digest}`, evil);
        runtime.names.set(tag, evil);
        return { type: "ok", message: toBinary(PullImageResponseSchema, create(PullImageResponseSchema)) };
      }
      return undefined;
    };
    await assert.rejects(pull(), {
      code: "RUNTIME_MISMATCH",
      message: /takes "registry.example\/app:v1" for elsewhere.example\/app@sha256:/,
    });
  });
});

describe("a pull by digest", () => {
  const name = `${repository}@${good.digest}`;

  it("hands the runtime the call's own bytes and checks what it got", async () => {
    assert.equal(imageRef(await pull(name)), good.id);
    assert.deepEqual(runtime.calls, [`ImageStatus ${name}`, `PullImage ${name}`, `ImageStatus ${name}`]);
    assert.deepEqual(runtime.pulls, [requestFor(name).bytes]);
  });

  it("with a tag beside it asks for the bytes as they came, and looks for the digest", async () => {
    const both = `${tag}@${good.digest}`;
    assert.equal(imageRef(await pull(both)), good.id);
    assert.deepEqual(runtime.calls, [`ImageStatus ${name}`, `PullImage ${both}`, `ImageStatus ${name}`]);
  });

  it("is refused when the runtime followed the tag beside it", async () => {
    const both = `${tag}@${good.digest}`;
    runtime.beforeCall = async (call) => {
      if (call !== `PullImage ${both}`) return undefined;
      runtime.names.set(tag, evil);
      return {
        type: "ok",
        message: toBinary(PullImageResponseSchema, create(PullImageResponseSchema, { imageRef: evil.id })),
      };
    };
    await assert.rejects(pull(both), { code: "RUNTIME_MISMATCH" });
  });
});

describe("a runtime whose word for a digest is not to be had is refused", () => {
  const name = `${repository}@${good.digest}`;
  const pulled = (imageRef: string): RuntimeAnswer => ({
    type: "ok",
    message: toBinary(PullImageResponseSchema, create(PullImageResponseSchema, { imageRef })),
  });
  const shown = ({ id, digest }: PublishedImage): RuntimeAnswer => ({
    type: "ok",
    message: toBinary(
      ImageStatusResponseSchema,
      create(ImageStatusResponseSchema, { image: { id, repoDigests: [`${repository}@${digest}`] } }),
    ),
  });
  const rows: readonly (readonly [what: string, answers: Readonly<Record<string, RuntimeAnswer>>])[] = [
    [
      "when what it shows for it has another one",
      { [`PullImage ${name}`]: pulled(evil.id), [`ImageStatus ${name}`]: shown(evil) },
    ],
    [
      "when it answers the pull with another image",
      { [`PullImage ${name}`]: pulled(evil.id), [`ImageStatus ${name}`]: shown(good) },
    ],
    [
      "when it answers the pull with none",
      {
        [`PullImage ${name}`]: pulled(""),
        [`ImageStatus ${name}`]: shown(good),
        "ImageStatus ": shown(good),
      },
    ],
  ];
  for (const [what, answers] of rows) {
    it(what, async () => {
      runtime.beforeCall = async (call) => answers[call];
      await assert.rejects(pull(name), { code: "RUNTIME_MISMATCH" });
    });
  }
});

describe("an image that somebody removes while it is pulled, as a kubelet does whose disk is full,", () => {
  const pinned = `${repository}@${good.digest}`;

  /** Removes all that is on disk just before a call is made for the `time`th time. */
  function removeBefore(step: string, time: number): void {
    let times = 0;
    runtime.beforeCall = async (call) => {
      if (call === step && ++times === time) runtime.names.clear();
      return undefined;
    };
  }

  const rows: readonly (readonly [when: string, step: string, time: number, outcome: string])[] = [
    ["before the content is looked at is noticed", `ImageStatus ${pinned}`, 2, "removed"],
    ["before its tag is pulled comes again with that", `PullImage ${tag}`, 1, good.id],
    ["before its tag is looked at is noticed", `ImageStatus ${tag}`, 2, "removed"],
  ];
  for (const [when, step, time, outcome] of rows) {
    it(when, async () => {
      removeBefore(step, time);
      assert.equal(imageRef(await pull()), outcome);
      assert.deepEqual(onDisk(), outcome === "removed" ? [] : [tag, pinned]);
    });
  }

  it("is noticed by digest too", async () => {
    removeBefore(`ImageStatus ${pinned}`, 2);
    assert.equal((await pull(pinned)).type, "removed");
  });

  it("and was verified before is pulled anew", async () => {
    await pull();
    removeBefore(`ImageStatus ${pinned}`, 2);
    assert.equal(imageRef(await pull()), good.id);
  });
});

describe("an index of which the runtime chose another entry than was verified", () => {
  const instance = published("verified instance").digest;
  const config = published("verified instance").id;
  const index: VerifiedImage = { ...verified(tag, good, instance), config };

  it("is refused, by tag, and does not stay", async () => {
    await assert.rejects(pull(tag, index), { code: "RUNTIME_MISMATCH", message: /chose another image/ });
    assert.deepEqual(onDisk(), []);
  });

  it("only when pulled by tag is taken for a tag that moved", async () => {
    const asVerified = { digest: good.digest, id: config };
    runtime.published.set(tag, asVerified);
    moveTagWhenPulled({ digest: good.digest, id: evil.id });
    assert.equal((await pull(tag, index)).type, "tagMoved");
    assert.deepEqual(onDisk(), []);
  });

  it("is refused, by digest, and does not stay", async () => {
    const name = `${repository}@${good.digest}`;
    const byDigest = { ...index, reference: dockerHubImage(name) };
    await assert.rejects(pull(name, byDigest), { code: "RUNTIME_MISMATCH" });
    assert.deepEqual(onDisk(), []);
  });
});

describe("a runtime that fails", () => {
  const steps = [
    [`ImageStatus ${repository}@${good.digest}`, 1],
    [`PullImage ${repository}@${good.digest}`, 1],
    [`ImageStatus ${repository}@${good.digest}`, 2],
    [`ImageStatus ${tag}`, 1],
    [`PullImage ${tag}`, 1],
    [`ImageStatus ${tag}`, 2],
  ] as const;
  for (const [step, time] of steps) {
    it(`at ${step.replace(/sha256:\w+/, "…")} (${time}) is passed on as it is, and nothing stays`, async () => {
      const answer: RuntimeAnswer = {
        type: "status",
        status: { code: 13, message: "disk full", detailsBin: Uint8Array.of(1, 2, 3) },
      };
      let times = 0;
      runtime.beforeCall = async (call) => (call === step && ++times === time ? answer : undefined);
      await assert.rejects(pull(), { name: "RuntimeRefusal", status: answer.status });
      assert.deepEqual(onDisk(), []);
    });
  }

  it("for good says what may have stayed", async () => {
    let dead = false;
    runtime.beforeCall = async (call) => {
      if (call === `PullImage ${tag}`) dead = true;
      return dead ? refusal(rpcCode.unavailable, "the runtime is gone") : undefined;
    };
    await assert.rejects(pull(), { name: "RuntimeRefusal" });
    assert.deepEqual(leftovers, [`failed ${tag}`, `failed ${repository}@${good.digest}`]);
  });
});

describe("a runtime that hangs while it binds the tag", () => {
  /** Never answers; ends when it is told to stop. */
  function hangAt(step: string): Promise<void> {
    const reached = Promise.withResolvers<void>();
    let times = 0;
    runtime.beforeCall = async (call, signal) => {
      if (call !== step || times++ > 0) return undefined;
      reached.resolve();
      await once(signal, "abort");
      return undefined;
    };
    return reached.promise;
  }

  for (const step of [`PullImage ${tag}`, `ImageStatus ${tag}`]) {
    it(`(${step.split(" ")[0]}) loses its turn after a minute, and nothing stays`, async () => {
      const reached = hangAt(step);
      const hanging = assert.rejects(pull(), { code: "DEADLINE_EXCEEDED", message: /did not bind/ });
      await reached;
      timing.advance(60_000);
      await hanging;
      assert.deepEqual(onDisk(), []);
      assert.equal(imageRef(await pull()), good.id);
    });
  }

  it("keeps no pull of another tag from being bound meanwhile", async () => {
    const other = `${repository}:v2`;
    runtime.published.set(other, good);
    const reached = hangAt(`PullImage ${tag}`);
    const hanging = assert.rejects(pull(), { code: "DEADLINE_EXCEEDED" });
    await reached;
    assert.equal(imageRef(await pull(other, verified(other, good))), good.id);
    timing.advance(60_000);
    await hanging;
    assert.deepEqual(onDisk(), [other, `${repository}@${good.digest}`]);
  });

  it("lets a pull that waits for the tag go after a minute, to try again", async () => {
    using _moving = await tags.move(tag, patient);
    const waiting = assert.rejects(pull(), { code: "TAG_MOVING" });
    await timing.untilAwaited(60_000);
    timing.advance(60_000);
    await waiting;
    assert.deepEqual(onDisk(), []);
  });
});

describe("a caller who leaves", () => {
  it("in the middle of a pull leaves nothing behind", async () => {
    const caller = new AbortController();
    runtime.beforeCall = async (call) => {
      if (call === `PullImage ${tag}`) caller.abort();
      return undefined;
    };
    await assert.rejects(pull(tag, verified(tag, good), caller.signal), { name: "RuntimeRefusal" });
    assert.deepEqual(onDisk(), []);
  });
});

describe("a caller who leaves while the runtime is pulling", () => {
  it("leaves no image behind that arrives after all", async () => {
    const caller = new AbortController();
    const arrived = Promise.withResolvers<void>();
    runtime.beforeCall = async (call, signal) => {
      if (call !== `PullImage ${tag}`) return undefined;
      caller.abort();
      setImmediate(() => {
        runtime.names.set(tag, evil);
        arrived.resolve();
      });
      if (!signal.aborted) await arrived.promise;
      return refusal(rpcCode.cancelled, "context canceled");
    };
    await assert.rejects(pull(tag, verified(tag, good), caller.signal), { name: "RuntimeRefusal" });
    await arrived.promise;
    assert.deepEqual(onDisk(), []);
  });
});

describe("an image that a namespace may have unverified", () => {
  it("stays when another's pull of it is refused", async () => {
    pinner.passed(dockerHubImage(tag));
    moveTagWhenPulled(evil);
    assert.deepEqual(await pull(), { type: "tagMoved" });
    assert.ok(onDisk().includes(tag));
    assert.deepEqual(leftovers.at(0), `kept ${tag}: a policy that asks for no signature let it in too`);
  });
});

describe("pulls of one repository at the same time", () => {
  it("never have one taken back while another is given it", async () => {
    const other = `${repository}:v2`;
    runtime.published.set(other, evil);
    moveTagWhenPulled(evil);
    const moving = runtime.beforeCall;
    const looking = Promise.withResolvers<undefined>();
    const reached = Promise.withResolvers<void>();
    let looks = 0;
    runtime.beforeCall = async (call, signal) => {
      if (call === `ImageStatus ${other}` && ++looks === 2) {
        reached.resolve();
        await looking.promise;
      }
      return await moving(call, signal);
    };
    const allowed = pull(other, verified(other, evil));
    await reached.promise;
    const moved = pull();
    await new Promise((resolve) => setImmediate(resolve));
    assert.ok(!runtime.calls.some((call) => call.startsWith("RemoveImage")));
    looking.resolve(undefined);
    assert.equal(imageRef(await allowed), evil.id);
    assert.equal((await moved).type, "tagMoved");
    assert.ok(runtime.names.has(other));
  });

  it("never have one taken back while another by digest is given it", async () => {
    const name = `${repository}@${evil.digest}`;
    runtime.published.set(`${repository}:v2`, evil);
    moveTagWhenPulled(evil);
    const moving = runtime.beforeCall;
    const looking = Promise.withResolvers<undefined>();
    const reached = Promise.withResolvers<void>();
    let looks = 0;
    runtime.beforeCall = async (call, signal) => {
      if (call === `ImageStatus ${name}` && ++looks === 2) {
        reached.resolve();
        await looking.promise;
      }
      return await moving(call, signal);
    };
    const allowed = pull(name, verified(name, evil));
    await reached.promise;
    const moved = pull();
    for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
    assert.ok(!runtime.calls.some((call) => call.startsWith("RemoveImage")));
    looking.resolve(undefined);
    assert.equal(imageRef(await allowed), evil.id);
    assert.equal((await moved).type, "tagMoved");
    assert.ok(runtime.names.has(name));
  });

  it("move its tags one after the other", async () => {
    const blocked = Promise.withResolvers<undefined>();
    let pulling = 0;
    let most = 0;
    runtime.beforeCall = async (call) => {
      if (call !== `PullImage ${tag}`) return undefined;
      most = Math.max(most, ++pulling);
      await blocked.promise;
      pulling--;
      return undefined;
    };
    const both = [pull(), pull()];
    blocked.resolve(undefined);
    await Promise.all(both);
    assert.equal(most, 1);
  });

  it("never take away what the other was given by the same tag, though its caller leaves", async () => {
    const caller = new AbortController();
    const binding = Promise.withResolvers<undefined>();
    const reached = Promise.withResolvers<void>();
    runtime.beforeCall = async (call) => {
      if (call !== `PullImage ${tag}`) return undefined;
      reached.resolve();
      return await binding.promise;
    };
    const winner = pull();
    const loser = assert.rejects(pull(tag, verified(tag, good), caller.signal), { code: "CANCELLED" });
    await reached.promise;
    for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
    caller.abort();
    binding.resolve(undefined);
    assert.equal(imageRef(await winner), good.id);
    await loser;
    assert.deepEqual(onDisk(), [tag, `${repository}@${good.digest}`]);
    assert.deepEqual(leftovers, [`kept ${repository}@${good.digest}: another pull was given it`]);
  });

  it("never take away what the other was given", async () => {
    const byDigest = `${repository}@${good.digest}`;
    const failing = Promise.withResolvers<RuntimeAnswer>();
    const reached = Promise.withResolvers<void>();
    runtime.beforeCall = async (call) => {
      if (call !== `PullImage ${tag}`) return undefined;
      reached.resolve();
      return await failing.promise;
    };
    const loser = pull();
    await reached.promise;
    await pull(byDigest);
    failing.resolve(refusal(13, "disk full"));
    await assert.rejects(loser, { name: "RuntimeRefusal" });
    assert.deepEqual(onDisk(), [byDigest]);
    assert.deepEqual(leftovers, [`kept ${byDigest}: another pull was given it`]);
  });
});
