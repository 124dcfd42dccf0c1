import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import {
  clusterImagePolicies,
  imagePolicies,
  trustRoots,
} from "@countersign/cluster/controller/policy-kinds";
import { configMaps, leases, namespaces } from "@countersign/cluster/kube/api-kind";
import type { ApiObject } from "@countersign/cluster/kube/api-object";
import { ApiFailure } from "@countersign/cluster/kube/api-server";
import { apiServerOverHttp, type OpenApiServer } from "@countersign/cluster/kube/api-server-over-http";
import { kubeconfigAccess } from "@countersign/cluster/kube/kubeconfig";
import { startController } from "@countersign/cluster/start-controller";
import { startSync } from "@countersign/cluster/start-sync";
import { gatewayTarget } from "@countersign/cluster/sync/gateway-target";
import { indexName } from "@countersign/cluster/sync/published-objects";
import {
  clusterPolicy,
  namespaceObject,
  namespacePolicy,
  sigstoreKeys,
  trustRootObject,
} from "@countersign/cluster/testing/policy-objects";
import { jsonLog } from "@countersign/sources/serving/json-log";
import { type ApiServerProcess, startApiServer } from "../api-server-process.ts";
import { type Condition, establishPolicies, eventually, untilReady } from "./client.ts";

const system = "countersign-system";
const { signal } = new AbortController();

/** Controllers and a node's sync on a real API server, by the programs' own beginnings. */
describe("policies of a real API server", () => {
  let root: string;
  let process: ApiServerProcess;
  let server: OpenApiServer;
  let definitions: readonly string[];
  const running = new Set<() => Promise<void>>();

  before(async () => {
    root = await mkdtemp(join(tmpdir(), "cs-policies-"));
    process = await startApiServer();
    server = apiServerOverHttp(await access());
    await untilReady(server);
    definitions = await establishPolicies(server);
    for (const name of [system, "shop", "lab"])
      await server.create(namespaces, namespaceObject(name), signal);
  });
  after(async () => {
    await server?.close();
    await process?.close();
    await rm(root, { recursive: true, force: true });
  });
  afterEach(async () => {
    await Promise.all([...running].map((stop) => stop()));
  });

  const access = () => kubeconfigAccess(process.kubeconfig, { now: Date.now });
  const log = jsonLog("fatal", { write() {} });

  function started(run: (within: AbortSignal) => Promise<void>): () => Promise<void> {
    const stopping = new AbortController();
    const ended = run(stopping.signal);
    const stop = async () => {
      running.delete(stop);
      stopping.abort();
      await ended;
    };
    running.add(stop);
    return stop;
  }

  const controller = () =>
    started(async (within) => {
      const config = {
        ...({ access: await access(), namespace: system, noMatch: "deny", kmsCommand: undefined } as const),
        publicRoot: { type: "missing", why: "there is none here" } as const,
        ...{ remotePolicies: undefined, metrics: undefined },
      };
      await startController(config, log, within);
    });
  const pathOf = (node: string, name: string) => join(root, node, name);
  const sync = (node: string) =>
    started(async (within) => {
      const files = gatewayTarget({
        policy: pathOf(node, "policy.json"),
        directory: pathOf(node, "policies"),
        namespaces: pathOf(node, "namespaces.json"),
        registriesD: pathOf(node, "registries.d"),
      });
      const config = {
        ...{ access: await access(), namespace: system, node, target: { name: "gateway" as const, files } },
        ...{ stateDirectory: pathOf(node, "state"), namespacesFile: pathOf(node, "namespaces.json") },
        adopts: new Set<string>(),
        ...{ metrics: undefined, onceWithin: undefined },
      };
      await startSync(config, log, within);
    });

  const says = (node: string, file: string, text: string) =>
    eventually(20_000, async () => (await readFile(pathOf(node, file), "utf8")).includes(text));
  const conditions = async (
    name: string,
    kind = clusterImagePolicies,
  ): Promise<Readonly<Record<string, string>>> => {
    const found = await server.get(kind, { name }, signal);
    const { conditions: list = [] } = (found?.status ?? {}) as { readonly conditions?: readonly Condition[] };
    return Object.fromEntries(list.map(({ type, reason }) => [type, reason]));
  };
  const edit = async (name: string, spec: unknown) => {
    const there = await server.get(clusterImagePolicies, { name }, signal);
    assert.ok(there !== undefined);
    await server.replace(clusterImagePolicies, { ...there, spec }, signal);
  };
  const glob = (text: string): unknown => clusterPolicy("any", text).spec;

  it("are established", () => {
    assert.ok(definitions.includes("clusterimagepolicies.policy.sigstore.dev"));
    assert.ok(definitions.includes("imagepolicies.policy.countersign.dev"));
  });

  it("come to a node, with their edits, and tell how far they are", async () => {
    controller();
    sync("n1");
    await server.create(clusterImagePolicies, clusterPolicy("signed"), signal);
    await server.create(imagePolicies, namespacePolicy("shop", "own"), signal);
    await says("n1", "policy.json", "signed.example/**");
    await says("n1", "policies/shop.json", "own.example/**");
    await says("n1", "namespaces.json", '"lab"');
    await edit("signed", glob("edited.example/**"));
    await says("n1", "policy.json", "edited.example/**");
    await eventually(40_000, async () => {
      const { Ready, Compiled, Applied } = await conditions("signed");
      return Ready === "Published" && Compiled === "Compiled" && Applied === "EveryNode";
    });
  });

  it("stay in force when they are edited to what cannot be enforced, also for the controller after this one", async () => {
    const first = controller();
    sync("n1");
    await says("n1", "policy.json", "edited.example/**");
    await first();
    const rego = { type: "rego", data: "package sigstore\nisCompliant = true" };
    await edit("signed", { ...(glob("broken.example/**") as object), policy: rego });
    controller();
    await eventually(40_000, async () => (await conditions("signed"))["Compiled"] === "KeptAsItWas");
    assert.match(await readFile(pathOf("n1", "policy.json"), "utf8"), /edited\.example/);
    await edit("signed", glob("mended.example/**"));
    await says("n1", "policy.json", "mended.example/**");
  });

  it("come to a node beside one whose author nested its managedFields as deep as an API server takes them", async () => {
    controller();
    sync("n1");
    let fields: object = {};
    for (let level = 0; level < 200; level++) fields = { "f:a": fields };
    const managed = {
      manager: "m",
      operation: "Update",
      time: "2026-01-01T00:00:00Z",
      fieldsType: "FieldsV1",
    };
    const deep = namespacePolicy("lab", "deep");
    const managedFields = [{ ...managed, apiVersion: deep.apiVersion, fieldsV1: { "f:spec": fields } }];
    await server.create(imagePolicies, { ...deep, metadata: { ...deep.metadata, managedFields } }, signal);
    const kept = await server.get(imagePolicies, { namespace: "lab", name: "deep" }, signal);
    assert.ok(JSON.stringify(kept?.metadata).length > 1000, "the API server keeps them");
    await edit("signed", glob("beside-deep.example/**"));
    await says("n1", "policy.json", "beside-deep.example/**");
    await says("n1", "policies/lab.json", "deep.example/**");
  });

  it("refuse their images where they never were right, and say so; a TrustRoot says whether it can be used", async () => {
    controller();
    sync("n1");
    const authorities = [{ key: { data: "-----BEGIN PUBLIC KEY-----" } }];
    await server.create(
      clusterImagePolicies,
      clusterPolicy("typo", "typo.example/**", { authorities }),
      signal,
    );
    await server.create(trustRoots, trustRootObject("junk", sigstoreKeys("no PEM")), signal);
    await says("n1", "policy.json", "typo.example/**");
    const policy = JSON.parse(await readFile(pathOf("n1", "policy.json"), "utf8"));
    const rule = policy.images.find(
      ({ name }: { readonly name: string }) => name === "ClusterImagePolicy typo",
    );
    assert.deepEqual(rule.requirements, [{ type: "reject" }]);
    await eventually(40_000, async () => (await conditions("typo"))["Ready"] === "EveryImageRefused");
    assert.equal((await conditions("typo"))["EnforceableByCRIO"], "RefusesMore");
    await eventually(40_000, async () => (await conditions("junk", trustRoots))["Ready"] === "Unusable");
    await edit("typo", glob("typo.example/**"));
    await eventually(40_000, async () => (await conditions("typo"))["Ready"] === "Published");
  });

  it("are published by one of two controllers, and by the other when that one ends", async () => {
    const stops = [controller(), controller()];
    sync("n1");
    await eventually(20_000, async () => (await holder()) !== "");
    await edit("signed", glob("by-one.example/**"));
    await says("n1", "policy.json", "by-one.example/**");
    for (const stop of stops) await stop();
    assert.equal(await holder(), "", "the Lease was given back");
    controller();
    await edit("signed", glob("by-next.example/**"));
    await says("n1", "policy.json", "by-next.example/**");
  });

  const holder = async (): Promise<unknown> => {
    const lease = await server.get(leases, { namespace: system, name: "countersign-controller" }, signal);
    return (lease?.spec as { readonly holderIdentity?: string } | undefined)?.holderIdentity ?? "";
  };

  it("cannot be published over what another one published", async () => {
    const index = await server.get(configMaps, { namespace: system, name: indexName }, signal);
    assert.ok(index !== undefined);
    const newer: ApiObject = { ...index, metadata: { ...index.metadata, annotations: { by: "another" } } };
    await server.replace(configMaps, newer, signal);
    await assert.rejects(
      server.replace(configMaps, index, signal),
      (error) => error instanceof ApiFailure && error.code === "conflict",
    );
  });
});
