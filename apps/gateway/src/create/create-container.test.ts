import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { policySubject } from "@countersign/engine/policy/policy-subject";
import { selectScope } from "@countersign/engine/policy/select-scope";
import { CountersignError } from "@countersign/engine/values/error";
import { formatReference } from "@countersign/engine/values/image-reference";
import { dockerImage } from "@countersign/engine/values/located-image";
import {
  CreateContainerRequestSchema,
  CreateContainerResponseSchema,
  ImageStatusResponseSchema,
} from "@countersign/sources/cri/generated/cri_pb";
import { type ManualTiming, manualTiming } from "@countersign/testkit/registry/manual-timing";
import fc from "fast-check";
import type { GateAnswer } from "../gate.ts";
import type { PolicyInForce } from "../policy/policy-store.ts";
import { dockerHubNames } from "../pull/image-names.ts";
import { type TagMoves, tagMoves } from "../pull/tag-moves.ts";
import type { Decision } from "../record/decision.ts";
import { type RuntimeInMemory, refusal, runtimeInMemory } from "../testing/runtime-in-memory.ts";
import {
  acceptAnything,
  imageOf,
  policyOf,
  signedByRelease,
  type TestImage,
} from "../testing/signed-images.ts";
import { type CreateContainerParts, createContainerGate, createContainerPath } from "./create-container.ts";
import { podNamespaces } from "./pod-namespaces.ts";
import type { PresentQuestion, PresentVerdict } from "./verify-present.ts";

const app = imageOf("app");
const evil = imageOf("evil");
const data = imageOf("data");
const tag = "registry.example/app:v1";
const dataTag = "registry.example/data:v1";
const patient = new AbortController().signal;
const strict = policyOf({}, [signedByRelease]);
const lax = policyOf({}, [acceptAnything]);

let runtime: RuntimeInMemory;
let policies: Map<string, PolicyInForce | Error>;
let allowed: Set<string>;
let questions: PresentQuestion[];
let whileJudging: () => Promise<void>;
let decisions: Decision[];
let timing: ManualTiming;
let tags: TagMoves;

beforeEach(() => {
  runtime = runtimeInMemory();
  runtime.sandboxes.set("pod-strict", "strict").set("pod-lax", "lax");
  have(tag, app);
  have(dataTag, data);
  policies = new Map<string, PolicyInForce | Error>([
    ["strict", strict],
    ["lax", lax],
  ]);
  allowed = new Set([app.id, data.id]);
  questions = [];
  whileJudging = async () => {};
  decisions = [];
  timing = manualTiming();
  tags = tagMoves(timing);
});

function have(name: string, { digest, id }: TestImage): void {
  runtime.names.set(name, { digest, id });
}

/** Judges by a list of ids. */
async function verify(question: PresentQuestion): Promise<PresentVerdict> {
  questions.push(question);
  await whileJudging();
  const { asked, present, policy } = question;
  const scope = selectScope(policy.policy, policySubject(dockerImage(asked)));
  if (allowed.has(present.id)) return { allowed: true, scope, digest: app.digest, warnings: [] };
  const text = `Source image rejected: ${formatReference(asked)} is unsigned`;
  return { allowed: false, scope, digest: evil.digest, code: "SIGNATURE_MISSING", text };
}

type Request = MessageInitShape<typeof CreateContainerRequestSchema>;

function gateWith(parts: Partial<CreateContainerParts> = {}) {
  return createContainerGate({
    policies: {
      async policyFor(namespace) {
        const policy = policies.get(namespace ?? "");
        if (policy === undefined) throw new CountersignError("POLICY_NOT_FOUND", "there is none");
        if (policy instanceof Error) throw policy;
        return policy;
      },
    },
    namespaces: podNamespaces(runtime),
    names: dockerHubNames,
    verifier: { verify },
    unnamedImages: "deny",
    checkpoints: "deny",
    tags,
    timing,
    runtime,
    recorder: { begin: () => (decision) => void decisions.push(decision) },
    now: () => 0,
    ...parts,
  });
}

function ask(
  init: Request,
  parts: Partial<CreateContainerParts> = {},
  signal = patient,
): Promise<GateAnswer> {
  const message = toBinary(CreateContainerRequestSchema, create(CreateContainerRequestSchema, init));
  return gateWith(parts).ask({ path: createContainerPath, message, metadata: [], signal });
}

/** As a kubelet asks for a container: by the image's id, and the name in the pod's spec. */
function requestFor(
  image: { readonly id: string },
  userSpecifiedImage = "",
  volumes: readonly object[] = [],
): Request {
  return {
    podSandboxId: "pod-strict",
    config: {
      metadata: { name: "main" },
      image: { image: image.id, userSpecifiedImage },
      mounts: volumes.map((volume) => ({ image: volume })),
    },
    sandboxConfig: { metadata: { name: "pod", namespace: "strict" } },
  };
}

function messageOf(answer: GateAnswer): string {
  assert.ok(answer.type === "status", answer.type);
  assert.equal(answer.status.code, 2);
  return answer.status.message;
}

function isCreated(answer: GateAnswer): void {
  assert.ok(answer.type === "answer", JSON.stringify(answer));
  assert.match(fromBinary(CreateContainerResponseSchema, answer.message).containerId, /^container-/);
}

const createdFrom = () => runtime.created.map(({ config }) => config?.image?.image);

describe("a policy that only warns", () => {
  const warning = policyOf({}, [{ ...signedByRelease, mode: "warn" }]);
  const warned = () => decisions.map(({ decision, code }) => [decision, code]);
  const warningOf = async (question: PresentQuestion): Promise<PresentVerdict> => {
    const scope = selectScope(question.policy.policy, policySubject(dockerImage(question.asked)));
    return {
      allowed: true,
      scope,
      digest: app.digest,
      warnings: [{ code: "SIGNATURE_MISSING", reason: "unsigned" }],
    };
  };
  beforeEach(() => policies.set("strict", warning));

  it("has the container made, and says of what it warns", async () => {
    isCreated(await ask(requestFor(app, tag), { verifier: { verify: warningOf } }));
    assert.deepEqual(warned(), [["warned", "SIGNATURE_MISSING"]]);
    assert.equal(decisions[0]?.message, "only warned of: unsigned");
  });
  it("says what it has to say of an image volume", async () => {
    isCreated(
      await ask(requestFor(app, tag, [{ image: dataTag, userSpecifiedImage: dataTag }]), {
        verifier: { verify: warningOf },
      }),
    );
    assert.equal(decisions[0]?.message, "only warned of: unsigned; unsigned");
  });
  it("lets the call go on as it came where nobody says what the image is called", async () => {
    assert.equal((await ask(requestFor(app))).type, "forward");
    assert.deepEqual(warned(), [["warned", "IMAGE_UNNAMED"]]);
  });
  it("lets the call go on as it came where the runtime has no such image", async () => {
    assert.equal((await ask(requestFor({ id: "sha256:none" }, "registry.example/none:v1"))).type, "forward");
    assert.deepEqual(warned(), [["warned", "IMAGE_ABSENT"]]);
  });
  it("lets the call go on as it came with a checkpoint", async () => {
    assert.equal((await ask(requestFor({ id: "/var/lib/checkpoint.tar" }))).type, "forward");
    assert.deepEqual(warned(), [["warned", "CHECKPOINT_REFUSED"]]);
  });
  it("refuses where another scope does more than warn, and nobody says what the image is called", async () => {
    policies.set(
      "strict",
      policyOf({ "other.example": [{ type: "reject" }] }, [{ ...signedByRelease, mode: "warn" }]),
    );
    assert.match(messageOf(await ask(requestFor(app))), /nobody says/);
  });
  it("does not ask the runtime twice to make a container", async () => {
    const verifier = { verify: warningOf };
    let made = 0;
    runtime.beforeCall = async (call) => {
      if (!call.startsWith("CreateContainer")) return undefined;
      made++;
      throw new CountersignError("RUNTIME_UNREACHABLE", "it went away");
    };
    assert.equal((await ask(requestFor(app, tag), { verifier })).type, "status");
    assert.equal(made, 1);
    assert.deepEqual(warned(), [["undecided", "RUNTIME_UNREACHABLE"]]);
  });
});

describe("a container", () => {
  it("of an allowed image is made, and the runtime's answer handed on", async () => {
    isCreated(await ask(requestFor(app, tag)));
    assert.deepEqual(createdFrom(), [app.id]);
    assert.deepEqual(
      questions.map(({ asked }) => formatReference(asked)),
      [tag],
    );
  });

  it("of a refused image is not made", async () => {
    have(tag, evil);
    assert.equal(
      messageOf(await ask(requestFor(evil, tag))),
      `SignatureValidationFailed: Source image rejected: ${tag} is unsigned`,
    );
    assert.deepEqual(createdFrom(), []);
  });

  it("under a policy that lets in every image goes on as it came, and nobody is asked about the image", async () => {
    const answer = await ask({ ...requestFor(evil, tag), podSandboxId: "pod-lax" });
    assert.deepEqual(answer, { type: "forward" });
    assert.deepEqual(runtime.calls, ["PodSandboxStatus pod-lax"]);
  });

  it("is judged by its sandbox's namespace, whatever the request says", async () => {
    have(tag, evil);
    const request: Request = {
      podSandboxId: "pod-strict",
      config: { metadata: { name: "main" }, image: { image: evil.id, userSpecifiedImage: tag } },
      sandboxConfig: { metadata: { name: "pod", namespace: "lax" } },
    };
    assert.match(messageOf(await ask(request)), /^SignatureValidationFailed/);
  });

  it("in a sandbox named by the beginning of its id is made in the one that was asked about", async () => {
    isCreated(await ask({ ...requestFor(app, tag), podSandboxId: "pod-str" }));
    assert.equal(runtime.created[0]?.podSandboxId, "pod-strict");
  });

  it("in a sandbox named by the beginning of its id is made in that one where the policy accepts anything, too", async () => {
    isCreated(await ask({ ...requestFor(app), podSandboxId: "pod-la" }));
    assert.equal(runtime.created[0]?.podSandboxId, "pod-lax");
    assert.deepEqual(createdFrom(), [app.id]);
  });

  it("is made from the id that was judged when its image was given by name", async () => {
    isCreated(await ask(requestFor({ id: tag })));
    assert.deepEqual(createdFrom(), [app.id]);
  });

  it("is judged by the name in the pod's spec, not by what the caller calls the image", async () => {
    isCreated(await ask(requestFor({ id: tag }, "other.example/app:v2")));
    assert.deepEqual(
      questions.map(({ asked }) => formatReference(asked)),
      ["other.example/app:v2"],
    );
  });

  it("in a namespace whose policy asked for something before has its image looked up meanwhile", async () => {
    const gate = gateWith({
      policies: {
        async policyFor() {
          await policyLookedUp;
          return strict;
        },
      },
    });
    let policyLookedUp = Promise.resolve();
    const message = toBinary(
      CreateContainerRequestSchema,
      create(CreateContainerRequestSchema, requestFor(app, tag)),
    );
    const again = () => gate.ask({ path: createContainerPath, message, metadata: [], signal: patient });
    isCreated(await again());
    const imageAsked = Promise.withResolvers<void>();
    runtime.beforeCall = async (call) => {
      if (call.startsWith("ImageStatus")) imageAsked.resolve();
      return undefined;
    };
    policyLookedUp = imageAsked.promise;
    isCreated(await again());
  });

  it("whose policy broke is refused for that, though its volume was looked up meanwhile and is not there", async () => {
    const gate = gateWith();
    const asking = (init: Request) => {
      const message = toBinary(CreateContainerRequestSchema, create(CreateContainerRequestSchema, init));
      return gate.ask({ path: createContainerPath, message, metadata: [], signal: patient });
    };
    isCreated(await asking(requestFor(app, tag)));
    policies.set("strict", new CountersignError("POLICY_INVALID", "invalid policy"));
    const answer = await asking(requestFor(app, tag, [{ image: "none.example/none:v1" }]));
    assert.equal(messageOf(answer), "SignatureValidationFailed: invalid policy");
  });

  it("goes on as it came when its policy was replaced by one that lets in every image", async () => {
    const gate = gateWith();
    const message = toBinary(
      CreateContainerRequestSchema,
      create(CreateContainerRequestSchema, requestFor(app, tag)),
    );
    const again = () => gate.ask({ path: createContainerPath, message, metadata: [], signal: patient });
    isCreated(await again());
    policies.set("strict", lax);
    runtime.names.clear();
    assert.deepEqual(await again(), { type: "forward" });
    assert.deepEqual(await again(), { type: "forward" });
    assert.equal(runtime.calls.filter((call) => call.startsWith("ImageStatus")).length, 2);
  });

  it("gets the runtime's own refusal as it came", async () => {
    runtime.beforeCall = async (call) =>
      call.startsWith("CreateContainer") ? refusal(13, "no space left on device") : undefined;
    const answer = await ask(requestFor(app, tag));
    assert.deepEqual(answer, { type: "status", status: { code: 13, message: "no space left on device" } });
    assert.equal(decisions[0]?.runtimeStatus, 13);
  });
});

describe("a container that cannot be decided about is not made:", () => {
  const rows: readonly (readonly [why: string, init: Request, message: RegExp])[] = [
    [
      "the runtime does not have its image",
      requestFor({ id: "registry.example/none:v1" }),
      /^the runtime does not have the image "registry\.example\/none:v1"$/,
    ],
    [
      "nobody says what its pod calls the image",
      requestFor(app),
      /^SignatureValidationFailed: nobody says what the pod calls the image/,
    ],
    ["its image's name is none", requestFor(app, "A:b:c"), /^couldn't parse image name "A:b:c"/],
    [
      "its image is a file",
      requestFor({ id: "/var/lib/checkpoint.tar" }, tag),
      /^SignatureValidationFailed: "\/var\/lib\/checkpoint\.tar" is a checkpoint archive/,
    ],
    [
      "its image is a file here",
      requestFor({ id: "./checkpoint.tar" }, tag),
      /^SignatureValidationFailed: "\.\/checkpoint\.tar" is a checkpoint archive/,
    ],
    [
      "its image is a file above",
      requestFor({ id: "../checkpoint.tar" }, tag),
      /^SignatureValidationFailed: "\.\.\/checkpoint\.tar" is a checkpoint archive/,
    ],
    ["its image has no name at all", requestFor({ id: "" }, tag), /^the runtime does not have the image ""$/],
    [
      "its volume is a file, which is no checkpoint",
      requestFor(app, tag, [{ image: "/etc" }]),
      /^ImageVolumeMountFailed: the runtime does not have the image "\/etc"$/,
    ],
  ];
  for (const [why, init, message] of rows) {
    it(why, async () => {
      assert.match(messageOf(await ask(init)), message);
      assert.deepEqual(runtime.created, []);
    });
  }

  it("there is no such sandbox, in the runtime's words", async () => {
    const answer = await ask({ ...requestFor(app, tag), podSandboxId: "none" });
    assert.deepEqual(answer, {
      type: "status",
      status: { code: 5, message: 'an error occurred when try to find sandbox "none"' },
    });
  });

  it("its policy is broken", async () => {
    policies.set("strict", new CountersignError("POLICY_INVALID", "invalid policy"));
    assert.equal(messageOf(await ask(requestFor(app, tag))), "SignatureValidationFailed: invalid policy");
  });

  it("something unforeseen happened", async () => {
    whileJudging = () => Promise.reject(new TypeError("why"));
    assert.equal(messageOf(await ask(requestFor(app, tag))), "SignatureValidationFailed: why");
    assert.ok(decisions[0]?.fault instanceof TypeError);
  });
});

describe("an image volume", () => {
  const volume = (image: { readonly id: string }, name: string) => ({
    image: image.id,
    userSpecifiedImage: name,
  });

  it("is judged like the container's own image, and named by its id", async () => {
    isCreated(await ask(requestFor(app, tag, [volume({ id: dataTag }, dataTag)])));
    assert.deepEqual(
      questions.map(({ asked }) => formatReference(asked)),
      [tag, dataTag],
    );
    assert.equal(runtime.created[0]?.config?.mounts[0]?.image?.image, data.id);
  });

  it("that is refused refuses the container, with the mount's word first", async () => {
    have(dataTag, evil);
    const volumes = [volume(app, tag), volume(evil, dataTag)];
    assert.equal(
      messageOf(await ask(requestFor(app, tag, volumes))),
      `ImageVolumeMountFailed: SignatureValidationFailed: Source image rejected: ${dataTag} is unsigned`,
    );
    assert.deepEqual(runtime.created, []);
    assert.deepEqual([decisions[0]?.image, decisions[0]?.decision], [dataTag, "denied"]);
  });

  it("that nobody names refuses it in the same words", async () => {
    assert.match(
      messageOf(await ask(requestFor(app, tag, [{ image: data.id }]))),
      /^ImageVolumeMountFailed: SignatureValidationFailed: nobody says/,
    );
  });

  it("does not hide that the container's own image is refused", async () => {
    have(tag, evil);
    assert.match(
      messageOf(await ask(requestFor(evil, tag, [volume(data, dataTag)]))),
      /^SignatureValidationFailed: Source image rejected/,
    );
  });

  it("is one of 256 at most", async () => {
    const volumes = Array.from({ length: 257 }, () => volume(data, dataTag));
    assert.match(messageOf(await ask(requestFor(app, tag, volumes))), /257 image volumes, more than the 256/);
    assert.deepEqual(runtime.calls, []);
  });
});

describe("an image that nobody names", () => {
  it("is judged under every name the runtime has, where so configured, and all must be allowed", async () => {
    have("other.example/app:v2", app);
    isCreated(await ask(requestFor(app), { unnamedImages: "all-names" }));
    assert.deepEqual(
      questions.map(({ asked }) => formatReference(asked)),
      [tag, "other.example/app:v2"],
    );
  });

  it("is refused by the first name under which it is refused", async () => {
    have("other.example/app:v2", app);
    const verifier = {
      async verify(question: PresentQuestion): Promise<PresentVerdict> {
        const verdict = await verify(question);
        if (question.asked.domain === "registry.example") return verdict;
        return { ...verdict, allowed: false, code: "SIGNATURE_MISSING", text: "Source image rejected: no" };
      },
    };
    const answer = await ask(requestFor(app), { unnamedImages: "all-names", verifier });
    assert.equal(messageOf(answer), "SignatureValidationFailed: Source image rejected: no");
  });

  it("is warned of under whichever of its names there is something to say", async () => {
    have("other.example/app:v2", app);
    const warnings = [{ code: "SIGNATURE_MISSING", reason: "unsigned" }] as const;
    const verifier = {
      async verify(question: PresentQuestion): Promise<PresentVerdict> {
        const verdict = await verify(question);
        const isFirst = question.asked.domain === "registry.example";
        return verdict.allowed && isFirst ? { ...verdict, warnings } : verdict;
      },
    };
    isCreated(await ask(requestFor(app), { unnamedImages: "all-names", verifier }));
    assert.equal(decisions[0]?.decision, "warned");
  });

  it("is refused if the runtime has no name for it either", async () => {
    runtime.names.delete(tag);
    runtime.beforeCall = async (call) => {
      if (!call.startsWith("ImageStatus")) return undefined;
      const answer = create(ImageStatusResponseSchema, { image: { id: app.id, size: 1n } });
      return { type: "ok", message: toBinary(ImageStatusResponseSchema, answer) };
    };
    assert.match(messageOf(await ask(requestFor(app), { unnamedImages: "all-names" })), /nobody says/);
  });
});

describe("a checkpoint", () => {
  it("goes on where they are allowed, by its path and with its volumes judged", async () => {
    runtime.beforeCall = async (call) =>
      call.startsWith("CreateContainer") ? { type: "ok", message: Uint8Array.of(10, 1, 120) } : undefined;
    const path = "/var/lib/checkpoint.tar";
    const answer = await ask(
      requestFor({ id: path }, tag, [{ image: data.id, userSpecifiedImage: dataTag }]),
      {
        checkpoints: "allow",
      },
    );
    assert.equal(answer.type, "answer");
    assert.ok(runtime.calls.includes(`CreateContainer ${path}`));
    assert.deepEqual(
      questions.map(({ asked }) => formatReference(asked)),
      [dataTag],
    );
  });
});

describe("the image's tags", () => {
  it("do not move while the container is made", async () => {
    let moved = false;
    runtime.beforeCall = async (call) => {
      if (!call.startsWith("CreateContainer")) return undefined;
      tags.move(tag, patient).then(() => {
        moved = true;
      });
      await new Promise((resolve) => setImmediate(resolve));
      assert.equal(moved, false);
      return undefined;
    };
    isCreated(await ask(requestFor(app, tag)));
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(moved, true);
  });

  it("may move while it is judged, which may take long", async () => {
    whileJudging = async () => (await tags.move(tag, patient))[Symbol.dispose]();
    isCreated(await ask(requestFor(app, tag)));
  });

  it("are waited for ten seconds, and then it is to be tried again", async () => {
    using _moving = await tags.move(tag, patient);
    const asking = ask(requestFor(app, tag));
    await timing.untilAwaited(10_000);
    timing.advance(10_000);
    assert.equal(
      messageOf(await asking),
      `another call is just pulling ${tag}, and what it names may change; try again when that pull is over`,
    );
    assert.deepEqual(runtime.created, []);
    assert.equal(decisions[0]?.code, "TAG_MOVING");
  });

  it("of a volume are held too", async () => {
    using _moving = await tags.move(dataTag, patient);
    const asking = ask(requestFor(app, tag, [{ image: data.id, userSpecifiedImage: dataTag }]));
    await timing.untilAwaited(10_000);
    timing.advance(10_000);
    assert.match(messageOf(await asking), /^another call is just pulling/);
  });

  it("that the image gets after the runtime was asked are held too", async () => {
    const later = "evil.example/app:v9";
    whileJudging = async () => {
      const moving = await tags.move(later, patient);
      have(later, app);
      moving[Symbol.dispose]();
    };
    let moved = false;
    runtime.beforeCall = async (call) => {
      if (!call.startsWith("CreateContainer")) return undefined;
      tags.move(later, patient).then(() => {
        moved = true;
      });
      await new Promise((resolve) => setImmediate(resolve));
      assert.equal(moved, false);
      return undefined;
    };
    isCreated(await ask(requestFor(app, tag)));
  });

  it("stay a moment longer when the caller leaves: the runtime may still be looking", async () => {
    const caller = new AbortController();
    runtime.beforeCall = async (call) => {
      if (call.startsWith("CreateContainer")) caller.abort();
      return undefined;
    };
    const answer = await ask(requestFor(app, tag), {}, caller.signal);
    assert.equal(answer.type, "status");
    assert.deepEqual(timing.slept, [1000]);
    (await tags.move(tag, patient))[Symbol.dispose]();
  });
});

describe("what a decision about a container is recorded with", () => {
  it("is the name in the pod's spec, its namespace, the digest and the policy", async () => {
    await ask(requestFor(app, tag));
    assert.deepEqual(decisions, [
      {
        call: "CreateContainer",
        decision: "allowed",
        code: "",
        message: "",
        image: tag,
        resolved: undefined,
        namespace: "strict",
        digest: app.digest,
        policy: { file: "/p.json", digest: strict.policy.digest, origin: "global", scope: "default" },
        fault: undefined,
        runtimeStatus: undefined,
        duration: 0,
      },
    ]);
  });

  it("is what is known of a call that nobody can read", async () => {
    const message = Uint8Array.of(0xff);
    await gateWith().ask({ path: createContainerPath, message, metadata: [], signal: patient });
    assert.deepEqual(
      decisions.map(({ image, namespace, policy, code }) => [image, namespace, policy, code]),
      [["", "", undefined, "REFERENCE_INVALID"]],
    );
  });
});

it("whatever bytes come, the gate answers, and no container is made from what was not allowed", () => {
  const valid = toBinary(
    CreateContainerRequestSchema,
    create(CreateContainerRequestSchema, requestFor(evil, tag, [{ image: tag }])),
  );
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 64 }),
    fc
      .tuple(fc.nat(), fc.integer({ min: 0, max: 255 }))
      .map(([at, byte]) => valid.map((old, index) => (index === at % valid.length ? byte : old))),
  );
  return fc.assert(
    fc.asyncProperty(bytes, async (message) => {
      allowed.clear();
      have("registry.example/evil:v1", evil);
      const answer = await gateWith().ask({
        path: createContainerPath,
        message,
        metadata: [],
        signal: patient,
      });
      assert.equal(answer.type, "status");
      assert.deepEqual(runtime.created, []);
    }),
    { numRuns: 500 },
  );
});
