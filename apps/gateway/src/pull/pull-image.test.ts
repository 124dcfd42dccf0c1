import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { parsePolicy } from "@countersign/engine/policy/parse-policy";
import { policySubject } from "@countersign/engine/policy/policy-subject";
import { selectScope } from "@countersign/engine/policy/select-scope";
import { digestOf } from "@countersign/engine/values/digest";
import { CountersignError } from "@countersign/engine/values/error";
import {
  formatReference,
  type ImageReference,
  parseImageReference,
} from "@countersign/engine/values/image-reference";
import { dockerImage } from "@countersign/engine/values/located-image";
import { PullImageRequestSchema, PullImageResponseSchema } from "@countersign/sources/cri/generated/cri_pb";
import { type ManualTiming, manualTiming } from "@countersign/testkit/registry/manual-timing";
import fc from "fast-check";
import { type Gate, type GateAnswer, rpcCode } from "../gate.ts";
import type { PolicyInForce } from "../policy/policy-store.ts";
import type { Decision } from "../record/decision.ts";
import {
  type PublishedImage,
  type RuntimeInMemory,
  refusal,
  runtimeInMemory,
} from "../testing/runtime-in-memory.ts";
import { dockerHubNames, type ImageNames } from "./image-names.ts";
import { type ImagePinner, imagePinner } from "./pin-image.ts";
import { type PullImageParts, pullImageGate } from "./pull-image.ts";
import { pullImagePath } from "./runtime-images.ts";
import { type TagMoves, tagMoves } from "./tag-moves.ts";
import type { PullQuestion, PullVerdict } from "./verify-pull.ts";

const tag = "registry.example/app:v1";
const patient = new AbortController().signal;
const published = (name: string): PublishedImage => ({
  digest: digestOf(Buffer.from(`manifest of ${name}`)),
  id: digestOf(Buffer.from(`config of ${name}`)),
});
const good = published("good");
const evil = published("evil");

const policyOf = (text: string): PolicyInForce => ({
  policy: parsePolicy(Buffer.from(text), "/p.json"),
  file: "/p.json",
  origin: "global",
});
const accepting = policyOf('{"default":[{"type":"insecureAcceptAnything"}]}');
const rejecting = policyOf('{"default":[{"type":"reject"}]}');
const demanding = policyOf('{"default":[{"type":"sigstoreSigned","keyData":"eA=="}]}');

let runtime: RuntimeInMemory;
let policy: PolicyInForce | Error;
let names: ImageNames;
let allowedDigests: Set<string>;
let questions: PullQuestion[];
let beforeVerdict: () => Promise<void>;
let decisions: Decision[];
let timing: ManualTiming;
let tags: TagMoves;

beforeEach(() => {
  timing = manualTiming();
  tags = tagMoves(timing);
  runtime = runtimeInMemory();
  runtime.published.set(tag, good);
  policy = demanding;
  names = dockerHubNames;
  allowedDigests = new Set([good.digest]);
  questions = [];
  beforeVerdict = async () => {};
  decisions = [];
});

/** Judges what the registry has by a list of digests. */
async function verify(question: PullQuestion): Promise<PullVerdict> {
  questions.push(question);
  await beforeVerdict();
  const { image } = question;
  const found = [...runtime.published].find(
    ([name, { digest }]) => name === formatReference(image) || digest === image.digest,
  )?.[1];
  if (found === undefined) throw new CountersignError("REGISTRY_NOT_FOUND", "manifest unknown");
  const scope = selectScope(question.policy.policy, policySubject(dockerImage(image)));
  const { digest, id } = found;
  if (!allowedDigests.has(digest))
    return {
      allowed: false,
      scope,
      digest,
      code: "SIGNATURE_MISSING",
      text: "Source image rejected: unsigned",
    };
  return {
    allowed: true,
    scope,
    warnings: [],
    image: { reference: image, digest, instance: digest, config: id },
  };
}

function gateWith(parts: Partial<PullImageParts>): Gate {
  return pullImageGate({
    policies: {
      policyFor: async () => {
        if (policy instanceof Error) throw policy;
        return policy;
      },
    },
    names,
    verifier: { verify },
    pinner: gatePinner(),
    tags,
    timing,
    runtime,
    recorder: { begin: () => (decision) => void decisions.push(decision) },
    now: () => 0,
    ...parts,
  });
}

function gatePinner(): ImagePinner {
  return imagePinner({ tags, timing, events: { removed: () => {}, kept: () => {}, failed: () => {} } });
}

function pull(
  init: MessageInitShape<typeof PullImageRequestSchema> = { image: { image: tag } },
  signal = new AbortController().signal,
): Promise<GateAnswer> {
  const gate = gateWith({});
  const message = toBinary(PullImageRequestSchema, create(PullImageRequestSchema, init));
  return gate.ask({ path: pullImagePath, message, metadata: [], signal });
}

function statusOf(answer: GateAnswer): { code: number; message: string } {
  assert.equal(answer.type, "status");
  return answer.type === "status" ? answer.status : { code: 0, message: "" };
}

describe("a pull that goes on unverified", () => {
  it("is noted, so that what another's refused pull brought under its name stays", async () => {
    const noted: string[] = [];
    const pinner = { passed: (name: ImageReference) => void noted.push(formatReference(name)) };
    policy = accepting;
    const message = toBinary(
      PullImageRequestSchema,
      create(PullImageRequestSchema, { image: { image: tag } }),
    );
    const gate = gateWith({ pinner: { ...gatePinner(), ...pinner } });
    await gate.ask({ path: pullImagePath, message, metadata: [], signal: patient });
    assert.deepEqual(noted, [tag]);
  });
});

describe("a policy that only warns", () => {
  const warning = (requirement: object) =>
    policyOf(JSON.stringify({ countersign: 1, default: [{ ...requirement, mode: "warn" }] }));
  const signed = { type: "sigstoreSigned", keyPath: "/k" };

  it("lets the call go on as it came, and says of what it warns", async () => {
    policy = warning(signed);
    allowedDigests.clear();
    assert.equal((await pull()).type, "forward");
    assert.deepEqual(
      decisions.map(({ decision, code, message, digest }) => ({ decision, code, message, digest })),
      [
        {
          decision: "warned",
          code: "SIGNATURE_MISSING",
          message: "only warned of: Source image rejected: unsigned",
          digest: good.digest,
        },
      ],
    );
  });
  it("has nothing to say of what holds", async () => {
    policy = warning(signed);
    assert.equal((await pull()).type, "forward");
    assert.equal(decisions[0]?.decision, "allowed");
  });
  it("asks nobody about what it rejects by the name", async () => {
    policy = warning({ type: "reject" });
    assert.equal((await pull()).type, "forward");
    assert.deepEqual([questions, decisions[0]?.code], [[], "POLICY_REJECTS"]);
  });
  it("lets in what cannot be judged", async () => {
    policy = warning(signed);
    beforeVerdict = () => Promise.reject(new CountersignError("REGISTRY_UNREACHABLE", "connection refused"));
    assert.equal((await pull()).type, "forward");
    assert.deepEqual([decisions[0]?.decision, decisions[0]?.code], ["warned", "REGISTRY_UNREACHABLE"]);
  });
  it("does not answer for a caller who left", async () => {
    policy = warning(signed);
    const caller = new AbortController();
    beforeVerdict = async () => {
      caller.abort(new CountersignError("CANCELLED", "gone"));
      caller.signal.throwIfAborted();
    };
    assert.equal((await pull(undefined, caller.signal)).type, "status");
    assert.deepEqual([decisions[0]?.decision, decisions[0]?.code], ["undecided", "CANCELLED"]);
  });
});

describe("a policy without signatures", () => {
  it("that accepts lets the call go on as it came, without asking anybody", async () => {
    policy = accepting;
    assert.equal((await pull()).type, "forward");
    assert.deepEqual([questions, runtime.calls], [[], []]);
  });

  it("has the tag's turn until the runtime has answered: no container is made from the tag meanwhile", async () => {
    policy = accepting;
    const answer = await pull();
    assert.ok(answer.type === "forward");
    using making = tags.watch();
    const held = making.hold([tag], patient, 1000);
    held.catch(() => {});
    answer.ended?.("answered");
    await held;
  });

  it("keeps the turn a moment longer when the caller left: the runtime may not have heard of it yet", async () => {
    policy = accepting;
    const answer = await pull();
    assert.ok(answer.type === "forward");
    answer.ended?.("cut off");
    using making = tags.watch();
    const refused = assert.rejects(making.hold([tag], patient, 999), { code: "TAG_MOVING" });
    timing.advance(999);
    await refused;
    timing.advance(1);
    using later = tags.watch();
    await later.hold([tag], patient, 1000);
  });

  it("by a short name waits for a container that is being made from the tag, too", async () => {
    policy = accepting;
    runtime.published.set("docker.io/library/app:v1", good);
    const making = tags.watch();
    await making.hold(["docker.io/library/app:v1"], patient, 1000);
    const pulling = pull({ image: { image: "app:v1" } });
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(runtime.pulls, []);
    making[Symbol.dispose]();
    assert.equal((await pulling).type, "answer");
  });

  it("moves no tag when it names a digest", async () => {
    policy = accepting;
    assert.deepEqual(await pull({ image: { image: `${tag}@${good.digest}` } }), { type: "forward" });
  });

  it("waits for a container that is being made from the tag", async () => {
    policy = accepting;
    const making = tags.watch();
    await making.hold([tag], patient, 1000);
    let forwarded = false;
    const pulling = pull().then(() => {
      forwarded = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(forwarded, false);
    making[Symbol.dispose]();
    await pulling;
  });

  it("that rejects answers in containers/image's words, without asking anybody", async () => {
    policy = rejecting;
    assert.deepEqual(statusOf(await pull()), {
      code: 2,
      message: `SignatureValidationFailed: Source image rejected: Running image docker://${tag} is rejected by policy.`,
    });
    assert.deepEqual([questions, runtime.calls], [[], []]);
  });
});

describe("an image that needs a signature", () => {
  it("and has it is pulled, and the runtime's answer handed on", async () => {
    const answer = await pull();
    assert.ok(answer.type === "answer");
    assert.equal(fromBinary(PullImageResponseSchema, answer.message).imageRef, good.id);
  });

  it("and has none never reaches the runtime", async () => {
    allowedDigests.clear();
    assert.deepEqual(statusOf(await pull()), {
      code: 2,
      message: "SignatureValidationFailed: Source image rejected: unsigned",
    });
    assert.deepEqual(runtime.calls, []);
  });

  it("is verified with the credentials of the call", async () => {
    await pull({ image: { image: tag }, auth: { username: "u", password: "p" } });
    assert.deepEqual(questions[0]?.credentials, {
      credentials: { type: "basic", username: "u", password: "p" },
      server: undefined,
    });
  });

  it("is verified by its digest when it has a tag too", async () => {
    await pull({ image: { image: `${tag}@${good.digest}` } });
    assert.deepEqual(questions[0]?.image, {
      domain: "registry.example",
      path: "app",
      tag: undefined,
      digest: good.digest,
    });
  });
});

describe("a pull that cannot be decided", () => {
  const rows: readonly (readonly [why: string, fault: Error, message: string])[] = [
    ["for a broken policy", new CountersignError("POLICY_INVALID", "why"), "SignatureValidationFailed: why"],
    ["for something unforeseen", new TypeError("why"), "SignatureValidationFailed: why"],
  ];
  for (const [why, fault, message] of rows) {
    it(`${why} is refused`, async () => {
      policy = fault;
      assert.deepEqual(statusOf(await pull()), { code: 2, message });
    });
  }

  it("for a registry that is down says so", async () => {
    beforeVerdict = () => Promise.reject(new CountersignError("REGISTRY_UNREACHABLE", "connection refused"));
    assert.deepEqual(statusOf(await pull()), { code: 2, message: "RegistryUnavailable: connection refused" });
    assert.deepEqual(runtime.calls, []);
  });

  const requests: readonly (readonly [
    why: string,
    init: MessageInitShape<typeof PullImageRequestSchema>,
    message: RegExp,
  ])[] = [
    ["has no image", {}, /^couldn't parse image name ""/],
    ["has a name nobody can parse", { image: { image: "A:b:c" } }, /^couldn't parse image name "A:b:c"/],
    [
      "comes from a namespace that is a path",
      { image: { image: tag }, sandboxConfig: { metadata: { namespace: "../policy" } } },
      /^SignatureValidationFailed: "\.\.\/policy" is not the name of a namespace/,
    ],
    [
      "brings credentials nobody can read",
      { image: { image: tag }, auth: { auth: "!" } },
      /^the credentials sent with the pull cannot be read/,
    ],
  ];
  for (const [why, init, message] of requests) {
    it(`because it ${why} is refused`, async () => {
      const status = statusOf(await pull(init));
      assert.equal(status.code, 2);
      assert.match(status.message, message);
      assert.deepEqual(runtime.calls, []);
    });
  }

  it("is refused when its bytes are no request", async () => {
    const gate = gateWith({ policies: { policyFor: async () => accepting } });
    const message = Uint8Array.of(0xff, 0xff);
    const signal = new AbortController().signal;
    const answer = await gate.ask({ path: pullImagePath, message, metadata: [], signal });
    assert.match(statusOf(answer).message, /cannot be decoded/);
  });
});

it("whatever bytes come, the gate answers, and nothing unverified goes on", async () => {
  const gate = gateWith({
    verifier: { verify: () => Promise.reject(new CountersignError("REGISTRY_NOT_FOUND", "none")) },
  });
  const signal = new AbortController().signal;
  const valid = toBinary(PullImageRequestSchema, create(PullImageRequestSchema, { image: { image: tag } }));
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 100 }),
    fc.tuple(fc.nat(valid.length), fc.uint8Array({ maxLength: 8 })).map(([at, noise]) => {
      return Buffer.concat([valid.subarray(0, at), noise, valid.subarray(at)]);
    }),
  );
  await fc.assert(
    fc.asyncProperty(bytes, async (message) => {
      const answer = await gate.ask({ path: pullImagePath, message, metadata: [], signal });
      assert.equal(answer.type, "status");
    }),
    { numRuns: 500 },
  );
  assert.deepEqual(runtime.calls, []);
});

describe("a refusal", () => {
  it("is byte for byte the same for the same image and policy", async () => {
    allowedDigests.clear();
    const answers = [await pull(), await pull(), await pull()];
    assert.equal(new Set(answers.map((answer) => JSON.stringify(answer))).size, 1);
  });
});

describe("a tag that moves", () => {
  /** Lets the tag mean the next of `images` each time just before the runtime pulls it. */
  function moveWhenPulled(...images: PublishedImage[]): void {
    runtime.beforeCall = async (call) => {
      const next = call === `PullImage ${tag}` ? images.shift() : undefined;
      if (next !== undefined) runtime.published.set(tag, next);
      return undefined;
    };
  }

  it("to an image that is refused is refused for that image, and leaves nothing", async () => {
    moveWhenPulled(evil);
    assert.deepEqual(
      statusOf(await pull()).message,
      "SignatureValidationFailed: Source image rejected: unsigned",
    );
    assert.deepEqual([...runtime.names.keys()], []);
    assert.equal(decisions[0]?.digest, evil.digest);
  });

  it("once, to an image that is allowed too, gives that one", async () => {
    allowedDigests.add(evil.digest);
    moveWhenPulled(evil);
    const answer = await pull();
    assert.ok(answer.type === "answer");
    assert.equal(fromBinary(PullImageResponseSchema, answer.message).imageRef, evil.id);
    assert.deepEqual([...runtime.names.keys()].sort(), [tag, `registry.example/app@${evil.digest}`].sort());
  });

  it("each time is given up", async () => {
    allowedDigests.add(evil.digest);
    moveWhenPulled(evil, good, evil);
    assert.match(
      statusOf(await pull()).message,
      /^SignatureValidationFailed: registry\.example\/app:v1 meant/,
    );
    assert.equal(questions.length, 3);
    assert.deepEqual([...runtime.names.keys()], []);
  });
});

describe("an image that is removed as it arrives", () => {
  function removeBeforeLook(times: number): void {
    let left = times;
    let pulled = false;
    runtime.beforeCall = async (call) => {
      if (call === `PullImage ${tag}`) pulled = true;
      else if (pulled && call === `ImageStatus ${tag}` && left-- > 0) runtime.names.clear();
      else return undefined;
      pulled = call.startsWith("PullImage");
      return undefined;
    };
  }

  it("once is verified and pulled again", async () => {
    removeBeforeLook(1);
    const answer = await pull();
    assert.ok(answer.type === "answer");
    assert.equal(fromBinary(PullImageResponseSchema, answer.message).imageRef, good.id);
    assert.equal(questions.length, 2);
  });

  it("each time is given up, and is no matter of signatures", async () => {
    removeBeforeLook(3);
    assert.match(
      statusOf(await pull()).message,
      /^the runtime pulled registry\.example\/app:v1 and then did not have it, 3 times;/,
    );
    assert.equal(decisions[0]?.code, "IMAGE_ABSENT");
  });
});

describe("a policy that is replaced while a pull is verified", () => {
  it("does not change that pull, and counts for the next", async () => {
    beforeVerdict = async () => {
      policy = rejecting;
    };
    assert.equal((await pull()).type, "answer");
    assert.match(statusOf(await pull()).message, /is rejected by policy/);
  });

  it("does not even change it when the tag moves", async () => {
    runtime.beforeCall = async (call) => {
      if (call === `PullImage ${tag}`) runtime.published.set(tag, evil);
      policy = rejecting;
      return undefined;
    };
    await pull();
    assert.ok(questions.length === 2 && questions.every((question) => question.policy === demanding));
  });
});

describe("a runtime that refuses", () => {
  it("is handed on with code, message and details", async () => {
    const status = { code: 5, message: "not found", detailsBin: Uint8Array.of(1, 2) };
    runtime.beforeCall = async (call) =>
      call.startsWith("PullImage") ? { type: "status", status } : undefined;
    assert.deepEqual(await pull(), { type: "status", status });
    assert.deepEqual([decisions[0]?.decision, decisions[0]?.runtimeStatus], ["allowed", 5]);
  });

  it("as it dies between two steps is handed on, and the next pull succeeds", async () => {
    let dead = true;
    runtime.beforeCall = async (call) =>
      dead && call === `PullImage ${tag}` ? refusal(rpcCode.unavailable, "gone") : undefined;
    assert.deepEqual(statusOf(await pull()), { code: 14, message: "gone" });
    dead = false;
    assert.equal((await pull()).type, "answer");
  });
});

describe("a decision is recorded", () => {
  it("with image, namespace, policy and digest", async () => {
    await pull({ image: { image: tag }, sandboxConfig: { metadata: { namespace: "team" } } });
    assert.deepEqual(decisions, [
      {
        call: "PullImage",
        decision: "allowed",
        code: "",
        message: "",
        image: tag,
        resolved: undefined,
        namespace: "team",
        digest: good.digest,
        policy: { file: "/p.json", digest: demanding.policy.digest, origin: "global", scope: "default" },
        runtimeStatus: undefined,
        fault: undefined,
        duration: 0,
      },
    ]);
  });

  it("once, also when there was no policy to decide by", async () => {
    policy = new CountersignError("POLICY_NOT_FOUND", "none");
    await pull();
    assert.deepEqual(
      decisions.map(({ decision, code, policy }) => [decision, code, policy]),
      [["undecided", "POLICY_NOT_FOUND", undefined]],
    );
  });

  it("with the fault itself when it is ours", async () => {
    policy = new TypeError("ours");
    await pull();
    assert.equal(decisions[0]?.fault, policy);
  });
});

/** A short name may be a repository of each of these hosts. */
function searching(...hosts: readonly [string, ...string[]]): ImageNames {
  const [first, ...others] = hosts;
  const at = (host: string, name: string) => parseImageReference(`${host}/${name}`);
  return {
    read: async (name) => ({
      candidates: [at(first, name), ...others.map((host) => at(host, name))],
      isShort: true,
    }),
  };
}

const pulledNames = () =>
  runtime.pulls.map((message) => fromBinary(PullImageRequestSchema, message).image?.image);
const short = { image: { image: "app:v1" } };

describe("a short name", () => {
  it("goes to the runtime as the full name it was judged under", async () => {
    runtime.published.set("docker.io/library/app:v1", good);
    assert.equal((await pull(short)).type, "answer");
    assert.deepEqual(pulledNames(), [`docker.io/library/app@${good.digest}`, "docker.io/library/app:v1"]);
    assert.deepEqual(
      decisions.map(({ image, resolved }) => [image, resolved]),
      [["app:v1", "docker.io/library/app:v1"]],
    );
  });

  it("does so too when the policy accepts it unseen: the runtime might take it for another image", async () => {
    policy = accepting;
    runtime.published.set("docker.io/library/app:v1", good);
    assert.equal((await pull(short)).type, "answer");
    assert.deepEqual(pulledNames(), ["docker.io/library/app:v1"]);
    assert.deepEqual(questions, []);
  });

  it("is answered as the runtime answers when it was accepted unseen and cannot be had", async () => {
    policy = accepting;
    assert.equal(statusOf(await pull(short)).code, rpcCode.notFound);
    assert.deepEqual(
      decisions.map(({ decision, runtimeStatus }) => [decision, runtimeStatus]),
      [["allowed", rpcCode.notFound]],
    );
  });

  it("takes credentials along that say nothing to docker.io alone", async () => {
    const auth = { username: "u", password: "p" };
    runtime.published.set("docker.io/library/app:v1", good).set("r.example/app:v1", good);
    await pull({ ...short, auth });
    names = searching("r.example");
    await pull({ ...short, auth });
    assert.deepEqual(
      questions.map(({ credentials }) => credentials?.server),
      ["docker.io", "docker.io"],
    );
    assert.deepEqual(
      runtime.pulls.map((message) => fromBinary(PullImageRequestSchema, message).auth !== undefined),
      [true, true, false, false],
    );
  });

  it("that cannot be read is refused, without asking anybody", async () => {
    names = {
      read: () => Promise.reject(new CountersignError("SHORT_NAME_UNRESOLVED", "short-name unresolved")),
    };
    assert.deepEqual(statusOf(await pull(short)), { code: 2, message: "short-name unresolved" });
    assert.deepEqual([questions, runtime.calls], [[], []]);
  });
});

describe("a short name that several registries may mean", () => {
  beforeEach(() => {
    names = searching("a.example", "b.example");
  });

  it("is the image of the first registry that has it", async () => {
    runtime.published.set("a.example/app:v1", good).set("b.example/app:v1", evil);
    assert.equal((await pull(short)).type, "answer");
    assert.deepEqual(pulledNames(), [`a.example/app@${good.digest}`, "a.example/app:v1"]);
  });

  it("is the next registry's image where the first has none", async () => {
    runtime.published.set("b.example/app:v1", good);
    assert.equal((await pull(short)).type, "answer");
    assert.deepEqual(
      questions.map(({ image }) => image.domain),
      ["a.example", "b.example"],
    );
    assert.deepEqual(pulledNames(), [`b.example/app@${good.digest}`, "b.example/app:v1"]);
    assert.equal(decisions[0]?.resolved, "b.example/app:v1");
  });

  it("is refused when the first registry's image is, whatever the next one has", async () => {
    runtime.published.set("a.example/app:v1", evil).set("b.example/app:v1", good);
    assert.equal(
      statusOf(await pull(short)).message,
      "SignatureValidationFailed: Source image rejected: unsigned",
    );
    assert.deepEqual([questions.length, runtime.calls], [1, []]);
  });

  for (const code of ["REGISTRY_DENIED", "REGISTRY_UNREACHABLE", "SIGNATURE_UNREADABLE"] as const) {
    it(`is refused when nobody can say whether the first registry's image may run: ${code}`, async () => {
      runtime.published.set("b.example/app:v1", good);
      beforeVerdict = () => Promise.reject(new CountersignError(code, "why"));
      assert.match(statusOf(await pull(short)).message, /why$/);
      assert.deepEqual([questions.length, runtime.calls], [1, []]);
    });
  }

  it("is looked for also when the policy accepts it unseen: which one is meant has to be known", async () => {
    policy = accepting;
    allowedDigests.add(evil.digest);
    runtime.published.set("b.example/app:v1", evil);
    assert.equal((await pull(short)).type, "answer");
    assert.deepEqual(pulledNames(), [`b.example/app@${evil.digest}`, "b.example/app:v1"]);
  });

  it("is refused with every reason when no registry has it", async () => {
    assert.deepEqual(statusOf(await pull(short)), {
      code: 2,
      message: "2 errors occurred while pulling:  * manifest unknown  * manifest unknown",
    });
    assert.deepEqual(decisions[0]?.code, "REGISTRY_NOT_FOUND");
  });

  it("leaves a refusal of the runtime's as it is, and asks no other registry", async () => {
    runtime.published.set("a.example/app:v1", good).set("b.example/app:v1", good);
    runtime.beforeCall = async (called) =>
      called.startsWith("PullImage") ? refusal(rpcCode.notFound, "gone") : undefined;
    assert.deepEqual(statusOf(await pull(short)), { code: rpcCode.notFound, message: "gone" });
    assert.equal(questions.length, 1);
  });
});
