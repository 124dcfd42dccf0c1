import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { parseIndex, parseShard, requirePart } from "@countersign/engine/cluster/parse-publication";
import { partsOf } from "@countersign/engine/cluster/publication";
import type { Digest } from "@countersign/engine/values/digest";
import { createSigningKit } from "@countersign/testkit/signing-kit/signing-kit";
import { createPocketSigstore } from "@countersign/testkit/signing-kit/sigstore/pocket-sigstore";
import { archiveOf } from "@countersign/testkit/trust-repository/archived-repository";
import { startTufRepository } from "@countersign/testkit/trust-repository/tuf-repository";
import { configMaps, events, leases, namespaces, secrets } from "../kube/api-kind.ts";
import type { ApiObject } from "../kube/api-object.ts";
import { ApiFailure, type ApiServer } from "../kube/api-server.ts";
import { isRecord } from "../kube/parse-object.ts";
import { nodeReportObject } from "../sync/node-report.ts";
import { indexName, partName, textOf } from "../sync/published-objects.ts";
import { apiServerInMemory } from "../testing/api-server/api-server-in-memory.ts";
import { dyingServer } from "../testing/api-server/dying-server.ts";
import { ObjectStore } from "../testing/api-server/object-store.ts";
import {
  apply,
  clusterPolicy,
  logKey,
  namespaceObject,
  namespacePolicy,
  publicKey,
  sigstoreKeys,
  trustRootObject,
} from "../testing/policy-objects.ts";
import { type RunningController, startController, systemNamespace } from "../testing/running-controller.ts";
import { type StagedTime, stagedTime } from "../testing/staged-time.ts";
import { type ExternalTexts, externalTexts } from "./external-materials.ts";
import {
  clusterImagePolicies,
  imagePolicies,
  openShiftClusterImagePolicies,
  openShiftImagePolicies,
  trustRoots,
} from "./policy-kinds.ts";

const namespace = systemNamespace;
const { signal: unending } = new AbortController();

describe("runController", () => {
  let store: ObjectStore;
  let time: StagedTime;
  let running: RunningController[];
  beforeEach(() => {
    store = new ObjectStore();
    time = stagedTime();
    running = [];
  });
  afterEach(async () => {
    const stopped = Promise.all(running.map((one) => one.stop()));
    await time.pass(30_000);
    await stopped;
  });

  function start(
    server: ApiServer = apiServerInMemory(store),
    identity = "one",
    kmsKeys?: ExternalTexts,
  ): RunningController {
    const controller = startController(server, time, identity, kmsKeys);
    running.push(controller);
    return controller;
  }

  const index = () => {
    const object = store.get(configMaps, { namespace, name: indexName });
    return object && parseIndex(textOf(object, "index"));
  };
  const part = (digest: Digest) => {
    const object = store.get(configMaps, { namespace, name: partName(digest) });
    assert.ok(object !== undefined, `the part ${digest} is not there`);
    return requirePart(textOf(object, "part"), digest);
  };
  /** what nodes would be told: names of rules by namespace, those of all under `*` */
  const published = (): Readonly<Record<string, readonly string[]>> => {
    const current = index();
    if (current === undefined) return {};
    const nameOf = (digest: Digest): string => JSON.parse(part(digest)).name;
    part(current.base);
    const shards = current.shards.flatMap((shard) => [...parseShard(part(shard))]);
    return Object.fromEntries([
      ["*", current.rules.map(nameOf)],
      ...shards.map(([name, rules]) => [name, rules.map(nameOf)]),
    ]);
  };
  const globs = (name: string): readonly string[] => {
    const rules = (index()?.rules ?? []).map((digest) => JSON.parse(part(digest)));
    return rules.find((rule) => rule.name === `ClusterImagePolicy ${name}`)?.globs ?? [];
  };
  const ruleText = (name: string): string => {
    const texts = (index()?.rules ?? []).map(part);
    return texts.find((text) => JSON.parse(text).name === `ClusterImagePolicy ${name}`) ?? "";
  };
  const conditions = (object: ApiObject | undefined): Readonly<Record<string, string>> => {
    const status = object?.status;
    const list = isRecord(status) && Array.isArray(status["conditions"]) ? status["conditions"] : [];
    return Object.fromEntries(list.map(({ type, status: is, reason }) => [type, `${is} ${reason}`]));
  };
  const policy = (name: string) => store.get(clusterImagePolicies, { name });
  const statusOf = (name: string): Readonly<Record<string, unknown>> => {
    const status = policy(name)?.status;
    assert.ok(isRecord(status));
    return status;
  };
  const messageOf = (name: string, type: string): string => {
    const list = statusOf(name)["conditions"] as readonly {
      readonly type: string;
      readonly message: string;
    }[];
    return list.find((one) => one.type === type)?.message ?? "";
  };

  it("publishes the cluster's policies, each namespace's and every namespace", async () => {
    apply(store, namespaceObject("shop"), namespaceObject("lab"), clusterPolicy("signed"));
    apply(store, namespacePolicy("shop", "own"));
    start();
    await time.pass(1_000);
    assert.deepEqual(published(), {
      "*": ["ClusterImagePolicy signed"],
      shop: ["ImagePolicy shop/own"],
      lab: [],
    });
    assert.deepEqual(conditions(policy("signed")), {
      Ready: "True Published",
      Compiled: "True Compiled",
      EnforceableByGateway: "True Exactly",
      EnforceableByCRIO: "False InPart",
      Applied: "Unknown NoNodes",
    });
    const { metadata, status } = store.get(imagePolicies, { namespace: "shop", name: "own" }) ?? {};
    assert.ok(isRecord(status));
    assert.equal(status["observedGeneration"], metadata?.generation);
    assert.equal(status["publication"], index()?.generation);
  });

  it("publishes an edit, a new namespace and a removal, each once", async () => {
    apply(store, namespaceObject("shop"), clusterPolicy("signed"));
    const controller = start();
    await time.pass(1_000);
    const generations = [index()?.generation];
    apply(store, clusterPolicy("signed", "other.example/**"));
    await time.pass(1_000);
    assert.deepEqual(globs("signed"), ["other.example/**"]);
    generations.push(index()?.generation);
    apply(store, namespaceObject("lab"));
    await time.pass(1_000);
    assert.deepEqual(Object.keys(published()).sort(), ["*", "lab", "shop"]);
    generations.push(index()?.generation);
    store.delete(clusterImagePolicies, { name: "signed" });
    await time.pass(1_000);
    assert.deepEqual(published()["*"], []);
    generations.push(index()?.generation);
    assert.deepEqual(
      generations,
      [...generations].sort((a = 0, b = 0) => a - b),
    );
    assert.equal(controller.passes.filter((pass) => pass.published?.isNew).length, 4);
  });

  it("takes what is applied together together", async () => {
    const controller = start();
    await time.pass(1_000);
    for (let at = 0; at < 50; at++) apply(store, clusterPolicy(`p${at}`));
    await time.pass(2_000);
    assert.equal(published()["*"]?.length, 50);
    assert.equal(controller.passes.filter((pass) => pass.published?.isNew).length, 2);
  });

  it("comes to rest: its own writes make no work", async () => {
    apply(store, namespaceObject("shop"), clusterPolicy("signed"), namespacePolicy("shop", "own"));
    const controller = start();
    await time.pass(60_000);
    assert.ok(controller.passes.length <= 3, `${controller.passes.length} passes`);
  });

  it("keeps in force what was right, says so, and tells of it once", async () => {
    apply(store, namespaceObject("shop"), clusterPolicy("signed"));
    start();
    await time.pass(1_000);
    apply(store, clusterPolicy("signed", "other.example/**", { authorities: [] }));
    await time.pass(6_000);
    assert.deepEqual(globs("signed"), ["signed.example/**"]);
    const { Ready, Compiled } = conditions(policy("signed"));
    assert.deepEqual([Ready, Compiled], ["False OlderVersionInForce", "False KeptAsItWas"]);
    const told = store.list(events, {}, 100, undefined).objects;
    assert.deepEqual(
      told.map(({ reason, type }) => [type, reason]),
      [["Warning", "KeptAsItWas"]],
    );
    apply(store, clusterPolicy("signed", "mended.example/**"));
    await time.pass(6_000);
    assert.deepEqual(globs("signed"), ["mended.example/**"]);
    assert.equal(conditions(policy("signed"))["Ready"], "True Published");
  });

  it("refuses the images of a policy that never was right, and says so, whoever leads", async () => {
    const authorities = [{ key: { data: "-----BEGIN PUBLIC KEY-----\nno" } }];
    apply(store, clusterPolicy("wrong", "w.example/**", { authorities }));
    const first = start();
    await time.pass(1_000);
    const wanted = {
      Ready: "False EveryImageRefused",
      Compiled: "False Invalid",
      EnforceableByGateway: "False RefusesMore",
      EnforceableByCRIO: "False RefusesMore",
      Applied: "Unknown NoNodes",
    };
    for (const name of ["one", "two"]) {
      assert.deepEqual(globs("wrong"), ["w.example/**"], name);
      assert.deepEqual(conditions(policy("wrong")), wanted, name);
      assert.equal(statusOf("wrong")["generationInForce"], undefined, name);
      assert.match(
        messageOf("wrong", "Compiled"),
        /^spec\.authorities\[0\]\.key\.data: .*; it never was right: images of w\.example\/\*\* are refused/,
      );
      await first.stop();
      start(apiServerInMemory(store), "two");
      await time.pass(30_000);
    }
    const [event] = store.list(events, {}, 100, undefined).objects;
    assert.match(String(event?.["message"]), /^spec\.authorities.* images of w\.example\/\*\* are refused/);
    apply(store, clusterPolicy("wrong", "w.example/**"));
    await time.pass(2_000);
    assert.equal(conditions(policy("wrong"))["Ready"], "True Published");
    assert.equal(statusOf("wrong")["generationInForce"], policy("wrong")?.metadata.generation);
  });

  it("says what comes of it however much is wrong with a policy", async () => {
    const authorities = Array.from({ length: 60 }, () => ({ static: { action: "perhaps" } }));
    const images = Array.from({ length: 200 }, (_, at) => ({ glob: `${"w".repeat(900)}${at}.example/**` }));
    apply(store, clusterPolicy("wrong", "", { authorities, images }));
    start();
    await time.pass(1_000);
    const [event] = store.list(events, {}, 100, undefined).objects;
    for (const message of [messageOf("wrong", "Compiled"), String(event?.["message"])]) {
      assert.match(
        message,
        /^spec\.authorities\[0\].*it never was right: images of w+… are refused until it is mended$/,
      );
    }
  });

  it("says of one edition what is enforced of it, when what a policy refers to is gone", async () => {
    const secret = { namespace, name: "key" };
    const data = { "cosign.pub": Buffer.from(publicKey).toString("base64") };
    store.create(secrets, { apiVersion: "v1", kind: "Secret", metadata: secret, data });
    const spec = {
      authorities: [{ key: { secretRef: { name: "key" } } }],
      match: [{ group: "apps", version: "v1", resource: "deployments" }],
    };
    apply(store, clusterPolicy("signed", "s.example/**", spec));
    const first = start();
    await time.pass(1_000);
    assert.equal(conditions(policy("signed"))["EnforceableByGateway"], "False InPart");
    store.delete(secrets, secret);
    await time.pass(6_000);
    for (const name of ["one", "two"]) {
      assert.deepEqual(
        conditions(policy("signed")),
        {
          Ready: "False OlderVersionInForce",
          Compiled: "False KeptAsItWas",
          EnforceableByGateway: "False InPart",
          EnforceableByCRIO: "False InPart",
          Applied: "Unknown NoNodes",
        },
        name,
      );
      assert.match(messageOf("signed", "Compiled"), /secretRef: there is no Secret key/);
      assert.match(messageOf("signed", "EnforceableByGateway"), /^of what is in force.*spec\.match/);
      assert.doesNotMatch(JSON.stringify(statusOf("signed")["shortcomings"]), /Secret/);
      await first.stop();
      start(apiServerInMemory(store), "two");
      await time.pass(30_000);
    }
  });

  it("keeps in force what was right though another controller compiled it", async () => {
    apply(store, namespaceObject("shop"), clusterPolicy("signed"));
    const first = start();
    await time.pass(1_000);
    await first.stop();
    apply(store, clusterPolicy("signed", "other.example/**", { authorities: [] }));
    start(apiServerInMemory(store), "two");
    await time.pass(30_000);
    assert.deepEqual(globs("signed"), ["signed.example/**"]);
    assert.equal(conditions(policy("signed"))["Ready"], "False OlderVersionInForce");
  });

  it("says in the status that a namespace named beside a Secret is passed over", async () => {
    const secret = { namespace, name: "key" };
    const data = { "cosign.pub": Buffer.from(publicKey).toString("base64") };
    store.create(secrets, { apiVersion: "v1", kind: "Secret", metadata: secret, data });
    const authorities = [{ key: { secretRef: { name: "key", namespace: "team" } } }];
    apply(store, clusterPolicy("signed", "s.example/**", { authorities }));
    start();
    await time.pass(1_000);
    assert.equal(conditions(policy("signed"))["Ready"]?.split(" ")[0], "True");
    assert.equal(conditions(policy("signed"))["EnforceableByGateway"], "False InPart");
    assert.match(
      messageOf("signed", "EnforceableByGateway"),
      /spec\.authorities\[0\]\.key\.secretRef\.namespace: Secrets are read in \S+ alone/,
    );
  });

  it("follows Secrets that policies refer to", async () => {
    const authorities = [{ key: { secretRef: { name: "key" } } }];
    apply(store, clusterPolicy("signed", "s.example/**", { authorities }));
    start();
    await time.pass(1_000);
    for (const where of ["EnforceableByGateway", "EnforceableByCRIO"]) {
      assert.equal(conditions(policy("signed"))[where], "False RefusesMore");
      assert.match(messageOf("signed", where), /secretRef: there is no Secret key in namespace/);
    }
    const [event] = store.list(events, {}, 100, undefined).objects;
    assert.equal(
      event?.["message"],
      `spec.authorities[0].key.secretRef: there is no Secret key in namespace ${namespace}; images of s.example/** are refused until this is mended`,
    );
    store.create(secrets, {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { namespace, name: "key" },
      data: { "cosign.pub": Buffer.from(publicKey).toString("base64") },
    });
    await time.pass(2_000);
    assert.equal(conditions(policy("signed"))["EnforceableByGateway"], "True Exactly");
    const told = store.list(events, {}, 100, undefined).objects;
    assert.deepEqual(told.map(({ reason }) => reason).sort(), ["Compiled", "NotEnforceable"]);
  });

  it("follows a TrustRoot with a whole repository, and keeps what was right when that breaks or expires", async () => {
    const right = await repositoryTrustRoot(time.now() + 400_000);
    store.create(trustRoots, right);
    apply(store, keylessPolicy("signed", "ours"));
    start();
    await time.pass(1_000);
    const [digest] = index()?.rules ?? [];
    assert.ok(digest !== undefined);
    assert.equal(rootIn(part(digest)), Buffer.from(pocket.trustedRoot).toString());
    assert.equal(conditions(policy("signed"))["Compiled"], "True Compiled");

    const replace = (spec: unknown) => {
      const there = store.get(trustRoots, { name: "ours" });
      assert.ok(there !== undefined);
      store.replace(trustRoots, { ...there, spec }, "object");
    };
    replace({ repository: { ...repositoryOf(right), mirrorFS: "AAAA" } });
    await time.pass(1_000);
    assert.deepEqual(index()?.rules, [digest]);
    assert.equal(conditions(policy("signed"))["Compiled"], "False KeptAsItWas");
    assert.match(
      messageOf("signed", "Compiled"),
      /trustRootRef: the TrustRoot ours: spec\.repository\.mirrorFS: .*gzip/,
    );

    replace(right.spec);
    await time.pass(1_000);
    assert.equal(conditions(policy("signed"))["Compiled"], "True Compiled");
    await time.pass(800_000);
    assert.deepEqual(index()?.rules, [digest]);
    assert.equal(conditions(policy("signed"))["Compiled"], "False KeptAsItWas");
    assert.match(
      messageOf("signed", "Compiled"),
      /timestamp\.json in it expired at 1970-01-01T00:23:20Z; renew/,
    );
  });

  it("publishes the others while a KMS does not answer, and its key soon after it does", async () => {
    const answer = Promise.withResolvers<string>();
    const kms = "gcpkms://projects/shop/keys/release";
    apply(store, clusterPolicy("asks", "asks.example/**", { authorities: [{ key: { kms } }] }));
    apply(store, clusterPolicy("signed"));
    start(
      apiServerInMemory(store),
      "one",
      externalTexts(
        () => answer.promise,
        time.now,
        () => new Promise((resolve) => time.after(1_000, () => resolve(undefined))),
      ),
    );
    await time.pass(6_500);
    assert.deepEqual(globs("signed"), ["signed.example/**"]);
    assert.match(ruleText("asks"), /was not asked for yet/);
    answer.resolve(publicKey);
    await time.pass(6_500);
    assert.match(ruleText("asks"), /"hashAlgorithm":"sha256"/);
  });

  it("asks a KMS again after an hour, however much nodes report meanwhile", async () => {
    const asked: number[] = [];
    const keys = externalTexts(async () => {
      asked.push(time.now());
      return publicKey;
    }, time.now);
    const kms = "gcpkms://projects/shop/keys/release";
    apply(store, clusterPolicy("asks", "asks.example/**", { authorities: [{ key: { kms } }] }));
    start(apiServerInMemory(store), "one", keys);
    await time.pass(1_000);
    assert.equal(asked.length, 1);
    const report = () => ({
      node: "a",
      target: "gateway",
      generation: 1,
      problem: undefined,
      left: [],
      withoutRoom: [],
      renewed: time.now(),
    });
    const lease = store.create(leases, nodeReportObject(namespace, report()));
    for (let minute = 0; minute < 66; minute++) {
      const there = store.get(leases, lease.metadata);
      store.replace(leases, nodeReportObject(namespace, report(), there?.metadata), "object");
      await time.pass(60_000);
    }
    assert.equal(asked.length, 2);
  });

  it("says of each TrustRoot whether policies can refer to it, and is not stirred by that", async () => {
    const chain = createSigningKit().fulcio.caPem;
    apply(store, trustRootObject("ours", sigstoreKeys(chain)));
    apply(store, trustRootObject("wrong", sigstoreKeys("no PEM")), clusterPolicy("signed"));
    const controller = start();
    await time.pass(10_000);
    const passes = controller.passes.length;
    const trustRoot = (name: string) => store.get(trustRoots, { name });
    assert.deepEqual(conditions(trustRoot("ours")), { Ready: "True Usable" });
    assert.deepEqual(conditions(trustRoot("wrong")), { Ready: "False Unusable" });
    assert.match(
      JSON.stringify(trustRoot("wrong")?.status),
      /certificateAuthorities\[0\]\.certChain: error during PEM decoding; what refers to it accepts nothing/,
    );
    assert.ok(passes <= 2, `${passes} passes`);
    apply(store, trustRootObject("wrong", sigstoreKeys(chain)));
    await time.pass(10_000);
    assert.deepEqual(conditions(trustRoot("wrong")), { Ready: "True Usable" });
  });

  it("says of a TrustRoot which of its logs no node reads", async () => {
    const logs = {
      tLogs: [logKey("https://rekor.example", "sha256"), logKey("https://rekor384.example", "sha384")],
      ctLogs: [logKey("https://ct512.example", "sha512")],
    };
    apply(store, trustRootObject("ours", sigstoreKeys(createSigningKit().fulcio.caPem, logs)));
    start();
    await time.pass(10_000);
    const status = store.get(trustRoots, { name: "ours" })?.status;
    assert.deepEqual(conditions({ ...trustRootObject("ours", {}), status } as ApiObject), {
      Ready: "True UsableInPart",
    });
    const text = JSON.stringify(status);
    assert.match(
      text,
      /tLogs\[1\]: the log \\"https:\/\/rekor384\.example\\" is left out, as its hashes are SHA2_384/,
    );
    assert.match(
      text,
      /ctLogs\[0\]: the log \\"https:\/\/ct512\.example\\" is left out, as its hashes are SHA2_512/,
    );
    assert.doesNotMatch(text, /rekor\.example/);
  });

  it("publishes where its role does not let it write a TrustRoot's status", async () => {
    apply(store, trustRootObject("ours", {}), clusterPolicy("signed"));
    const server = apiServerInMemory(store);
    const controller = start({
      ...server,
      async replaceStatus(kind, object, signal) {
        if (kind === trustRoots) throw new ApiFailure("forbidden", "no");
        return await server.replaceStatus(kind, object, signal);
      },
    });
    await time.pass(10_000);
    assert.equal(conditions(policy("signed"))["Ready"], "True Published");
    assert.deepEqual(controller.failures, []);
  });

  it("publishes nothing before it knows every kind", async () => {
    apply(store, namespaceObject("shop"), clusterPolicy("signed"));
    const server = apiServerInMemory(store);
    let isAway = true;
    const reached: ApiServer = {
      ...server,
      async list(kind, query, signal) {
        if (isAway && kind === clusterImagePolicies) throw new ApiFailure("forbidden", "no");
        return await server.list(kind, query, signal);
      },
    };
    const controller = start(reached);
    await time.pass(10_000);
    assert.equal(index(), undefined);
    assert.ok(controller.news.includes("waiting for clusterimagepolicies.policy.sigstore.dev"));
    isAway = false;
    await time.pass(20_000);
    assert.deepEqual(published()["*"], ["ClusterImagePolicy signed"]);
  });

  it("does without OpenShift's kinds where they are not installed", async () => {
    apply(store, clusterPolicy("signed"));
    const server = apiServerInMemory(store);
    start({
      ...server,
      async list(kind, query, signal) {
        if (kind.group === "config.openshift.io") throw new ApiFailure("notFound", "no such path");
        return await server.list(kind, query, signal);
      },
    });
    await time.pass(2_000);
    assert.deepEqual(published()["*"], ["ClusterImagePolicy signed"]);
  });

  it("mends what somebody removed or changed", async () => {
    apply(store, namespaceObject("shop"), clusterPolicy("signed"));
    const controller = start();
    await time.pass(1_000);
    const [rule] = index()?.rules ?? [];
    assert.ok(rule !== undefined);
    store.delete(configMaps, { namespace, name: partName(rule) });
    await time.pass(1_000);
    part(rule);
    store.delete(configMaps, { namespace, name: indexName });
    await time.pass(1_000);
    assert.deepEqual(published()["*"], ["ClusterImagePolicy signed"]);
    assert.deepEqual(controller.failures, [], "it is nothing to be alarmed about");
  });

  describe("of a namespace whose policies are edited all the time", () => {
    const own = () => store.get(imagePolicies, { namespace: "shop", name: "own" });
    const ownGlobs = (): readonly string[] =>
      (index()?.shards ?? [])
        .flatMap((shard) => parseShard(part(shard)).get("shop") ?? [])
        .flatMap((digest) => JSON.parse(part(digest)).globs);
    const edit = (to: string) => apply(store, namespacePolicy("shop", "own", `${to}.example/**`));
    const newOnes = (controller: RunningController) =>
      controller.passes.filter((pass) => pass.published?.isNew).length;

    /** An edit each second, for so many seconds. */
    async function edited(seconds: number, from = 0): Promise<void> {
      for (let second = 0; second < seconds; second++) {
        edit(`e${from + second}`);
        await time.pass(1_000);
      }
    }

    it("publishes the first edits at once, then one a minute, and the last one in the end", async () => {
      apply(store, namespaceObject("shop"), clusterPolicy("signed"));
      const controller = start();
      await time.pass(1_000);
      await edited(5);
      assert.deepEqual(ownGlobs(), ["e4.example/**"]);
      const before = newOnes(controller);
      await edited(300, 5);
      const published = newOnes(controller) - before;
      assert.ok(published >= 4 && published <= 6, `${published} publications in five minutes`);
      await time.pass(61_000);
      assert.deepEqual(ownGlobs(), ["e304.example/**"]);
      assert.equal(conditions(own())["Ready"], "True Published");
    });

    it("delays nobody else", async () => {
      apply(store, namespaceObject("shop"), namespaceObject("lab"), clusterPolicy("signed"));
      start();
      await time.pass(1_000);
      await edited(20);
      apply(store, clusterPolicy("signed", "edited.example/**"), namespacePolicy("lab", "theirs"));
      await time.pass(1_000);
      assert.deepEqual(globs("signed"), ["edited.example/**"]);
      assert.deepEqual(published()["lab"], ["ImagePolicy lab/theirs"]);
      assert.deepEqual(ownGlobs(), ["e4.example/**"]);
    });

    it("tells its author, once, and says of what is in force", async () => {
      apply(store, namespaceObject("shop"), clusterPolicy("signed"));
      const controller = start();
      await time.pass(1_000);
      await edited(30);
      assert.deepEqual(controller.passes.at(-1)?.delayed, ["shop"]);
      const { Ready, Compiled, Applied } = conditions(own());
      assert.deepEqual([Ready, Compiled, Applied], ["False Delayed", "True Compiled", "Unknown Delayed"]);
      const status = own()?.status;
      assert.ok(isRecord(status));
      assert.equal(status["observedGeneration"], 30);
      assert.equal(status["generationInForce"], 5);
      assert.match(JSON.stringify(status), /changed more than 5 times .* once in 60 s now/);
      await edited(200, 30);
      const told = store.list(events, { namespace: "shop" }, 100, undefined).objects;
      assert.equal(told.filter((event) => event["reason"] === "Delayed").length, 1);
    });

    it("delays a removal as well", async () => {
      apply(store, namespaceObject("shop"), clusterPolicy("signed"));
      start();
      await time.pass(1_000);
      await edited(10);
      store.delete(imagePolicies, { namespace: "shop", name: "own" });
      await time.pass(2_000);
      assert.deepEqual(ownGlobs(), ["e4.example/**"]);
      await time.pass(61_000);
      assert.deepEqual(ownGlobs(), []);
    });

    it("has a namespace of the same name that is made anew have its policies at once", async () => {
      apply(store, namespaceObject("shop"), clusterPolicy("signed"));
      start();
      await time.pass(1_000);
      await edited(10);
      store.delete(imagePolicies, { namespace: "shop", name: "own" });
      store.delete(namespaces, { name: "shop" });
      await time.pass(1_000);
      apply(store, namespaceObject("shop"));
      await time.pass(1_000);
      edit("anew");
      await time.pass(1_000);
      assert.deepEqual(ownGlobs(), ["anew.example/**"]);
      edit("stricter");
      await time.pass(1_000);
      assert.deepEqual(ownGlobs(), ["stricter.example/**"]);
    });

    it("goes on with the next controller, from what is published", async () => {
      apply(store, namespaceObject("shop"), clusterPolicy("signed"));
      const first = start();
      await time.pass(1_000);
      await edited(10);
      const stopped = first.stop();
      await time.pass(30_000);
      await stopped;
      assert.deepEqual(ownGlobs(), ["e4.example/**"]);
      start(apiServerInMemory(store), "two");
      await time.pass(5_000);
      assert.deepEqual(ownGlobs(), ["e9.example/**"]);
    });
  });

  it("counts no node for a namespace that goes by another file there", async () => {
    apply(store, namespaceObject("shop"), clusterPolicy("signed"), namespacePolicy("shop", "own"));
    start();
    await time.pass(1_000);
    const generation = index()?.generation ?? 0;
    const report = (node: string, left: readonly string[]) =>
      store.create(
        leases,
        nodeReportObject(namespace, {
          ...{
            node,
            target: "gateway",
            generation,
            problem: left[0],
            left,
            withoutRoom: [],
            renewed: time.now(),
          },
        }),
      );
    report("a", []);
    report("b", ["shop"]);
    await time.pass(12_000);
    assert.equal(conditions(policy("signed"))["Applied"], "True EveryNode");
    const own = store.get(imagePolicies, { namespace: "shop", name: "own" });
    assert.equal(conditions(own)["Applied"], "False SomeNodes");
    assert.match(JSON.stringify(own?.status), /1 of 2 nodes have it; 1 goes by a file for this namespace/);
  });

  it("tells how many nodes have a policy, and leaves out those that are gone", async () => {
    apply(store, namespaceObject("shop"), clusterPolicy("signed"));
    start();
    await time.pass(1_000);
    const generation = index()?.generation ?? 0;
    const report = (node: string, has: number, ago = 0) =>
      store.create(
        leases,
        nodeReportObject(namespace, {
          ...{ node, target: "gateway", generation: has, problem: undefined, left: [], withoutRoom: [] },
          renewed: time.now() - ago,
        }),
      );
    report("a", generation);
    report("b", generation - 1);
    report("gone", 1, 3_600_000);
    report("long-gone", 1, 25 * 3_600_000);
    await time.pass(12_000);
    assert.equal(conditions(policy("signed"))["Applied"], "False SomeNodes");
    const { status } = policy("signed") ?? {};
    assert.deepEqual(isRecord(status) && status["nodes"], { reporting: 2, applied: 1 });
    assert.equal(
      store.list(leases, { namespace, labels: "policy.countersign.dev/node-report=true" }, 10, undefined)
        .objects.length,
      3,
    );
  });

  describe("killed at a write", () => {
    const wanted = {
      "*": ["ClusterImagePolicy a", "ClusterImagePolicy b"],
      lab: [],
      shop: ["ImagePolicy shop/own"],
    };

    /** How many writes the whole story takes, by a controller that lives. */
    async function story(at: number, isDone: boolean): Promise<{ writes: number; died: boolean }> {
      apply(store, namespaceObject("shop"), namespaceObject("lab"), clusterPolicy("a"), clusterPolicy("b"));
      const dying = dyingServer(apiServerInMemory(store), { at, isDone });
      start(dying, "mortal");
      await time.pass(1_500);
      apply(store, clusterPolicy("a", "edited.example/**"), namespacePolicy("shop", "own"));
      await time.pass(1_500);
      return { writes: dying.writes, died: dying.isDead };
    }

    it("leaves every part that its index leads to, and the next one ends what it began, at each of them", async () => {
      const whole = await story(Number.POSITIVE_INFINITY, false);
      assert.ok(whole.writes > 12, `${whole.writes} writes`);
      for (let at = 1; at <= whole.writes; at++) {
        for (const isDone of [true, false]) {
          store = new ObjectStore();
          time = stagedTime();
          running = [];
          const { died } = await story(at, isDone);
          const where = `at write ${at}${isDone ? ", which was done" : ""}`;
          assert.equal(died, true, where);
          const left = index();
          if (left !== undefined) for (const digest of partsOf(left)) part(digest);
          start(apiServerInMemory(store), "next");
          await time.pass(25_000);
          assert.deepEqual(published(), wanted, where);
          assert.deepEqual(globs("a"), ["edited.example/**"], where);
          assert.equal(conditions(policy("a"))["Ready"], "True Published", where);
          const stopped = Promise.all(running.map((one) => one.stop()));
          await time.pass(30_000);
          await stopped;
        }
      }
    });
  });

  describe("with another one standing by", () => {
    it("hands over when it ends, without a moment in which nothing is published", async () => {
      apply(store, namespaceObject("shop"), clusterPolicy("signed"));
      const first = start();
      await time.pass(2_000);
      const second = start(apiServerInMemory(store), "two");
      await time.pass(2_000);
      const before = index();
      await first.stop();
      await time.pass(5_000);
      assert.equal(second.leads, true);
      assert.deepEqual(index(), before, "what is published is the same");
      apply(store, clusterPolicy("signed", "other.example/**"));
      await time.pass(2_000);
      assert.deepEqual(globs("signed"), ["other.example/**"]);
    });

    it("cannot publish what it knew before it was cut off, whenever its requests arrive", async () => {
      apply(store, namespaceObject("shop"), clusterPolicy("signed"));
      const server = apiServerInMemory(store);
      let isCut = false;
      const late: (() => Promise<unknown>)[] = [];
      // who asked gives up when it is told to; what was asked for arrives all the same
      const held = <T>(write: () => Promise<T>, signal: AbortSignal): Promise<T> =>
        isCut
          ? new Promise((resolve, reject) => {
              late.push(() => write().then(resolve, reject));
              signal.addEventListener("abort", () => reject(new ApiFailure("unreachable", "given up")));
            })
          : write();
      const cutOff: ApiServer = {
        ...server,
        create: (...call) => held(() => server.create(call[0], call[1], unending), call[2]),
        replace: (...call) => held(() => server.replace(call[0], call[1], unending), call[2]),
        replaceStatus: (...call) => held(() => server.replaceStatus(call[0], call[1], unending), call[2]),
        delete: (...call) => held(() => server.delete(call[0], call[1], unending), call[2]),
      };
      const old = start(cutOff);
      await time.pass(2_000);
      isCut = true;
      apply(store, clusterPolicy("signed", "old.example/**"));
      await time.pass(2_000);
      assert.ok(late.length > 0, "it was about to write");
      const next = start(apiServerInMemory(store), "two");
      await time.pass(20_000);
      assert.deepEqual([old.leads, next.leads], [false, true]);
      apply(store, clusterPolicy("signed", "new.example/**"));
      await time.pass(2_000);
      const settled = index();
      for (const arrive of late) await arrive().catch(() => {});
      await time.pass(10_000);
      assert.deepEqual(globs("signed"), ["new.example/**"]);
      assert.deepEqual(index()?.rules, settled?.rules);
      for (const digest of partsOf(index() ?? assert.fail())) part(digest);
    });
  });

  it("refuses the images of a namespace with more policies than are enforced, and tells each of them", async () => {
    const many = Array.from({ length: 65 }, (_, at) => namespacePolicy("shop", `p${at}`));
    apply(store, namespaceObject("shop"), namespaceObject("lab"), ...many, namespacePolicy("lab", "own"));
    start();
    await time.pass(10_000);
    const { shop, lab } = published();
    assert.deepEqual(shop, ["ImagePolicies of shop, more than are enforced"]);
    assert.deepEqual(lab, ["ImagePolicy lab/own"]);
    const told = store.get(imagePolicies, { namespace: "shop", name: "p7" });
    assert.equal(conditions(told)["EnforceableByGateway"], "False RefusesMore");
    assert.match(JSON.stringify(told?.status), /65 policies together, and 64 are enforced/);
  });

  const told = (of: ApiObject | undefined): readonly string[] =>
    store
      .list(events, {}, 100, undefined)
      .objects.filter(
        ({ involvedObject }) => isRecord(involvedObject) && involvedObject["name"] === of?.metadata.name,
      )
      .map(({ type, reason, message }) => `${type} ${reason} ${message}`);
  const reports = (node: string, target: string, withoutRoom: readonly string[] = []) => {
    const report = { node, target, generation: 1, problem: undefined, left: [], withoutRoom };
    const lease = nodeReportObject(namespace, { ...report, renewed: time.now() });
    const there = store.get(leases, lease.metadata);
    if (there === undefined) store.create(leases, lease);
    else store.replace(leases, { ...lease, metadata: { ...there.metadata, ...lease.metadata } }, "object");
  };

  describe("policies that are too much for CRI-O alone, with the cluster's scopes", () => {
    const keyData = Buffer.from(publicKey).toString("base64");
    const own = (of: string, data: string) => ({
      ...namespacePolicy(of, "own"),
      spec: { images: [{ glob: "quay.io/**" }], authorities: [{ key: { data } }] },
    });
    const ofOpenShift = (name: string, scopes: readonly string[], of?: string) => ({
      ...{
        apiVersion: "config.openshift.io/v1",
        kind: of === undefined ? "ClusterImagePolicy" : "ImagePolicy",
      },
      metadata: { name, ...(of !== undefined && { namespace: of }) },
      spec: { scopes, policy: { rootOfTrust: { policyType: "PublicKey", publicKey: { keyData } } } },
    });
    const toldOf = (of: string) => store.get(imagePolicies, { namespace: of, name: "own" });
    const enforceable = (of: string) => {
      const { EnforceableByGateway, EnforceableByCRIO } = conditions(toldOf(of));
      return [EnforceableByGateway, EnforceableByCRIO];
    };
    beforeEach(() => {
      const scopes = Array.from({ length: 256 }, (_, at) => `quay.io/t${at}`);
      store.create(openShiftClusterImagePolicies, ofOpenShift("all", scopes));
      apply(store, namespaceObject("shop"), own("shop", `${publicKey}${"# ".repeat(10_000)}`));
      apply(store, namespaceObject("lab"), own("lab", publicKey));
    });

    it("are told, by a status and an event, and no others", async () => {
      reports("a", "crio");
      const controller = start();
      await time.pass(10_000);
      assert.deepEqual(enforceable("shop"), ["True Exactly", "False RefusesMore"]);
      assert.match(JSON.stringify(toldOf("shop")?.status), /repeated for each scope/);
      assert.doesNotMatch(JSON.stringify(toldOf("lab")?.status), /repeated for each scope/);
      assert.deepEqual(published()["shop"], ["ImagePolicy shop/own"]);
      const warnings = store
        .list(events, {}, 100, undefined)
        .objects.filter(({ type }) => type === "Warning");
      assert.deepEqual(
        warnings.map(({ reason, involvedObject }) => [
          reason,
          (involvedObject as ApiObject["metadata"]).namespace,
        ]),
        [["NotEnforceable", "shop"]],
      );
      assert.deepEqual([...(controller.passes.at(-1)?.refused.keys() ?? [])], ["shop"]);
    });

    it("are not counted while no node asks for CRI-O's files, and are told when the first does", async () => {
      reports("a", "gateway");
      start();
      await time.pass(10_000);
      assert.deepEqual(enforceable("shop"), ["True Exactly", "False InPart"]);
      reports("b", "crio");
      await time.pass(10_000);
      assert.deepEqual(enforceable("shop"), ["True Exactly", "False RefusesMore"]);
    });

    it("are told by an event where they have no status of ours", async () => {
      reports("a", "crio");
      store.create(openShiftImagePolicies, ofOpenShift("theirs", ["quay.io"], "shop"));
      const controller = start();
      await time.pass(10_000);
      const theirs = store.get(openShiftImagePolicies, { namespace: "shop", name: "theirs" });
      assert.equal(theirs?.status, undefined);
      assert.match(
        told(theirs).join(),
        /^Warning NotEnforceable .*repeated for each scope.*every image of the namespace/,
      );
      assert.match(controller.passes.at(-1)?.refused.get("shop") ?? "", /repeated for each scope/);
    });
  });

  it("tells policies for all that are too much for CRI-O, and that its nodes keep what they have", async () => {
    apply(store, ...manyGlobs(4), clusterPolicy("plain"), namespaceObject("shop"));
    const data = `${publicKey}${"# ".repeat(10_000)}`;
    apply(store, clusterPolicy("long", "**", { authorities: [{ key: { data } }] }));
    apply(store, namespacePolicy("shop", "own"));
    reports("a", "crio");
    const controller = start();
    await time.pass(10_000);
    for (const name of ["many0", "plain", "long"]) {
      assert.match(
        messageOf(name, "EnforceableByCRIO"),
        /more than 16777216 characters.*fewer scopes and globs.*nodes for CRI-O keep the policies that they have/,
      );
      assert.match(told(policy(name)).join(), /^Warning NotEnforceable .*nodes for CRI-O keep/);
    }
    assert.match(controller.passes.at(-1)?.crioRefusal ?? "", /16777216/);
    apply(store, clusterPolicy("many0"), clusterPolicy("many1"), clusterPolicy("many2"));
    await time.pass(10_000);
    assert.doesNotMatch(messageOf("plain", "EnforceableByCRIO"), /keep the policies/);
    assert.equal(controller.passes.at(-1)?.crioRefusal, undefined);
  });

  it("tells policies for all with more registries than registries.d has room for", async () => {
    apply(store, clusterPolicy("signed"));
    const keyData = Buffer.from(publicKey).toString("base64");
    for (let at = 0; at < 40; at++) {
      const scopes = Array.from({ length: 256 }, (_, scope) => `p${at}-${scope}.example`);
      store.create(openShiftClusterImagePolicies, {
        ...{ apiVersion: "config.openshift.io/v1", kind: "ClusterImagePolicy", metadata: { name: `p${at}` } },
        spec: { scopes, policy: { rootOfTrust: { policyType: "PublicKey", publicKey: { keyData } } } },
      });
    }
    reports("a", "crio");
    start();
    await time.pass(10_000);
    assert.match(
      messageOf("signed", "EnforceableByCRIO"),
      /10241 in .*: let them be about fewer.*nodes for CRI-O keep/,
    );
  });

  it("tells policies of namespaces that nodes have no room for in registries.d, where, and on how many", async () => {
    apply(store, namespaceObject("shop"), namespaceObject("lab"), clusterPolicy("signed"));
    apply(store, namespacePolicy("shop", "own"), namespacePolicy("lab", "own"));
    const theirs = { namespace: "shop", name: "theirs" };
    store.create(openShiftImagePolicies, {
      ...{ apiVersion: "config.openshift.io/v1", kind: "ImagePolicy", metadata: theirs },
      spec: {
        scopes: ["quay.io"],
        policy: {
          rootOfTrust: {
            policyType: "PublicKey",
            publicKey: { keyData: Buffer.from(publicKey).toString("base64") },
          },
        },
      },
    });
    reports("a", "crio", ["shop"]);
    reports("b", "crio");
    reports("c", "gateway");
    const controller = start();
    await time.pass(10_000);
    const own = (of: string) => store.get(imagePolicies, { namespace: of, name: "own" });
    const { EnforceableByGateway, EnforceableByCRIO } = conditions(own("shop"));
    assert.deepEqual([EnforceableByGateway, EnforceableByCRIO], ["True Exactly", "False RefusesMore"]);
    const said = JSON.stringify(own("shop")?.status);
    assert.match(
      said,
      /nodes for CRI-O have no room in registries\.d.*refuse all images.*about fewer registries/,
    );
    assert.match(said, /1 refuses all images of this namespace for want of room/);
    for (const other of [own("lab"), policy("signed")])
      assert.doesNotMatch(JSON.stringify(other?.status), /no room|want of room/);
    const warnings = (name: string) =>
      told({ ...clusterPolicy(name) }).filter((one) => one.startsWith("Warning"));
    assert.equal(warnings("own").length, 1);
    assert.match(warnings("theirs").join(), /NotEnforceable nodes for CRI-O have no room/);
    assert.deepEqual([...(controller.passes.at(-1)?.refused.keys() ?? [])], ["shop"]);

    reports("b", "crio", ["shop"]);
    await time.pass(10_000);
    assert.match(JSON.stringify(own("shop")?.status), /2 refuse all images/);
    assert.equal(warnings("own").length, 1, "an event says it once, on however many nodes");
    for (const node of ["a", "b"]) reports(node, "crio");
    await time.pass(10_000);
    assert.doesNotMatch(JSON.stringify(own("shop")?.status), /no room|want of room/);
    assert.equal(controller.passes.at(-1)?.refused.size, 0);
  });

  it("tells gateways' want of room where it is, and not for CRI-O", async () => {
    apply(store, namespaceObject("shop"), namespacePolicy("shop", "own"));
    reports("a", "gateway", ["shop"]);
    start();
    await time.pass(10_000);
    const { EnforceableByGateway, EnforceableByCRIO } = conditions(
      store.get(imagePolicies, { namespace: "shop", name: "own" }),
    );
    assert.deepEqual([EnforceableByGateway, EnforceableByCRIO], ["False RefusesMore", "False InPart"]);
  });

  it("says of a namespace that it may be one of more than nodes name", async () => {
    apply(store, namespaceObject("shop"), namespacePolicy("shop", "own"));
    reports("a", "crio", ["lab", "*"]);
    const controller = start();
    await time.pass(10_000);
    const own = store.get(imagePolicies, { namespace: "shop", name: "own" });
    assert.equal(conditions(own)["EnforceableByCRIO"], "False InPart");
    assert.match(JSON.stringify(own?.status), /whether this is one of them, the log of sync there says/);
    assert.equal(controller.passes.at(-1)?.refused.size, 0);
  });

  describe("of OpenShift's policies, which have no status of ours", () => {
    const keyData = Buffer.from(publicKey).toString("base64");
    const theirs = (name: string, spec: object = {}): ApiObject => ({
      ...{ apiVersion: "config.openshift.io/v1", kind: "ClusterImagePolicy", metadata: { name } },
      spec: {
        scopes: [`${name}.example`],
        policy: { rootOfTrust: { policyType: "PublicKey", publicKey: { keyData } } },
        ...spec,
      },
    });
    const edit = (object: ApiObject) => {
      const there = store.get(openShiftClusterImagePolicies, object.metadata);
      store.replace(
        openShiftClusterImagePolicies,
        { ...object, metadata: { ...there?.metadata, ...object.metadata } },
        "object",
      );
    };
    const inForce = "Normal Compiled it is in force as it is written";

    it("says by events that they are in force, each edition once, and what is wrong", async () => {
      store.create(openShiftClusterImagePolicies, theirs("a"));
      start();
      await time.pass(60_000);
      assert.deepEqual(told(theirs("a")), [inForce]);
      edit(theirs("a", { scopes: ["edited.example"] }));
      await time.pass(10_000);
      assert.deepEqual(told(theirs("a")), [inForce, inForce]);
      edit(theirs("a", { scopes: [] }));
      await time.pass(10_000);
      const [warning, ...others] = [...told(theirs("a"))].sort().reverse();
      assert.match(warning ?? "", /^Warning KeptAsItWas spec\.scopes/);
      assert.deepEqual(others, [inForce, inForce]);
      assert.equal(store.get(openShiftClusterImagePolicies, { name: "a" })?.status, undefined);
    });

    it("tells all of many, those that are wrong first, and again what could not be told", async () => {
      const right = Array.from({ length: 40 }, (_, at) => theirs(`a${at}`));
      for (const one of [...right, theirs("z", { scopes: ["not a scope"] })])
        store.create(openShiftClusterImagePolicies, one);
      const server = apiServerInMemory(store);
      let isAway = true;
      const controller = start({
        ...server,
        async create(kind, object, signal) {
          if (kind === events && isAway) throw new ApiFailure("busy", "not now");
          return await server.create(kind, object, signal);
        },
      });
      await time.pass(1_000);
      isAway = false;
      reports("n", "gateway");
      await time.pass(10_000);
      assert.equal(store.list(events, {}, 100, undefined).objects.length, 25);
      assert.match(told(theirs("z")).join(), /^Warning Invalid spec\.scopes/);
      for (let look = 0; look < 3; look++) {
        reports("n", "gateway");
        await time.pass(10_000);
      }
      assert.equal(store.list(events, {}, 100, undefined).objects.length, 41);
      assert.deepEqual(controller.failures, []);
    });

    it("does not say that one is in force that is not published", async () => {
      store.create(openShiftClusterImagePolicies, theirs("a"));
      const authorities = Array.from({ length: 7 }, (_, at) => ({
        ...{ name: `a${at}`, key: { data: `${publicKey}${"# ".repeat(30_000)}` } },
      }));
      for (let at = 0; at < 31; at++) apply(store, clusterPolicy(`b${at}`, "b.example/**", { authorities }));
      const controller = start();
      await time.pass(10_000);
      assert.notEqual(controller.passes.at(-1)?.refusal, undefined);
      assert.deepEqual(told(theirs("a")), []);
    });
  });

  it("tells all others when an API server does not take the status of one, and goes on publishing", async () => {
    apply(store, namespaceObject("shop"), clusterPolicy("signed"), namespacePolicy("shop", "huge"));
    const server = apiServerInMemory(store);
    let attempts = 0;
    const controller = start({
      ...server,
      async replaceStatus(kind, object, signal) {
        if (object.metadata.name !== "huge") return await server.replaceStatus(kind, object, signal);
        attempts++;
        throw new ApiFailure("busy", "etcdserver: request is too large");
      },
    });
    await time.pass(30_000);
    assert.equal(conditions(policy("signed"))["Ready"], "True Published");
    assert.deepEqual(controller.failures, []);
    apply(store, clusterPolicy("another"));
    await time.pass(5_000);
    assert.equal(conditions(policy("another"))["Ready"], "True Published");
    assert.ok(attempts >= 1 && attempts <= 2, String(attempts));
    await time.pass(3_600_000);
    assert.ok(attempts >= 3 && attempts <= 6, "it is tried again, seldom");
  });
});

const pocket = createPocketSigstore();

async function repositoryTrustRoot(expiry: number): Promise<ApiObject> {
  // read by the first repository; what is loaded then takes real time
  await import("@tufjs/models");
  const expiries = { root: expiry * 2, targets: expiry * 2, snapshot: expiry * 2, timestamp: expiry };
  await using made = await startTufRepository(pocket.trustedRoot, { expiries });
  const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64");
  const repository = { root: base64(made.root), mirrorFS: base64(archiveOf(made.files)), targets: "targets" };
  return {
    apiVersion: "policy.sigstore.dev/v1alpha1",
    kind: "TrustRoot",
    metadata: { name: "ours" },
    spec: { repository },
  };
}

function repositoryOf({ spec }: ApiObject): Readonly<Record<string, unknown>> {
  assert.ok(isRecord(spec) && isRecord(spec["repository"]));
  return spec["repository"];
}

function keylessPolicy(name: string, trustRootRef: string): ApiObject {
  const identities = [{ issuer: "https://issuer.example", subject: "release@example.com" }];
  return clusterPolicy(name, `${name}.example/**`, {
    authorities: [{ keyless: { trustRootRef, identities } }],
  });
}

/** The trusted root in a rule, as it was inlined. */
function rootIn(rule: string): string {
  const [requirement] = JSON.parse(rule).requirements;
  return Buffer.from(requirement.authorities[0].keyless.trustedRoot.data, "base64").toString();
}

/** With as many globs each as a policy may have. */
function manyGlobs(count: number): readonly ApiObject[] {
  return Array.from({ length: count }, (_, at) => {
    const images = Array.from({ length: 256 }, (_, glob) => ({ glob: `quay.io/p${at}/t${glob}/**` }));
    return clusterPolicy(`many${at}`, "", { images });
  });
}
