import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { after, before, describe, it } from "node:test";
import { leaseObject } from "@countersign/cluster/election/lease-record";
import type { ApiObject } from "@countersign/cluster/kube/api-object";
import { apiServerOverHttp, type OpenApiServer } from "@countersign/cluster/kube/api-server-over-http";
import { kubeconfigAccess } from "@countersign/cluster/kube/kubeconfig";
import { nodeReportObject } from "@countersign/cluster/sync/node-report";
import { Agent, request } from "undici";
import { parseAllDocuments } from "yaml";
import { makeScratch, type Scratch } from "../../peers/scratch.ts";
import { type ApiServerProcess, startApiServer } from "../api-server-process.ts";
import { kubectlFor } from "../kubectl.ts";
import { eventually, untilReady } from "./client.ts";

const manifests = resolve(import.meta.dirname, "../../../deploy/manifests/countersign.yaml");
const system = "countersign-system";

/** Whoever has taken one node's token, at a real API server with the policy as it is deployed. RBAC itself is not asked here. */
describe("a node's token at a real API server", () => {
  let scratch: Scratch;
  let process: ApiServerProcess;
  let server: OpenApiServer;
  let agent: Agent;
  let path: string;
  let token: string | undefined;

  before(async () => {
    scratch = await makeScratch("node-reports");
    process = await startApiServer();
    const access = await kubeconfigAccess(process.kubeconfig, { now: Date.now });
    server = apiServerOverHttp(access);
    await untilReady(server);
    const kubectl = kubectlFor(process.kubeconfig);
    await kubectl("create", "namespace", system);
    const documents = parseAllDocuments(await readFile(manifests, "utf8")).map((one) => one.toJS());
    const items = documents.filter(({ kind }) => String(kind).startsWith("ValidatingAdmissionPolicy"));
    assert.equal(items.length, 2);
    const file = join(scratch.path, "policy.json");
    await writeFile(file, JSON.stringify({ apiVersion: "v1", kind: "List", items }));
    await kubectl("apply", "-f", file);
    agent = new Agent({ connect: { ca: Buffer.from(access.ca ?? []) } });
    path = `${access.url}/apis/coordination.k8s.io/v1/namespaces/${system}/leases`;
    token = await access.token();
    // a policy is not in force at once
    await eventually(30_000, async () => (await create("n0", lease("countersign-any"))) === 422);
  });
  after(async () => {
    await agent?.close();
    await server?.close();
    await process?.close();
    await scratch?.remove();
  });

  /** as the API server takes it from a pod's token */
  async function create(node: string, object: object, account = "countersign-sync"): Promise<number> {
    const { statusCode, body } = await request(path, {
      method: "POST",
      dispatcher: agent,
      headers: {
        authorization: `Bearer ${token}`,
        "content-type": "application/json",
        "impersonate-user": `system:serviceaccount:${system}:${account}`,
        "impersonate-extra-authentication.kubernetes.io%2fnode-name": node,
      },
      body: JSON.stringify(object),
    });
    await body.dump();
    return statusCode;
  }
  const lease = (name: string) => {
    const record = { holder: "n1", durationSeconds: 1, transitions: 0 };
    const time = "2026-01-01T00:00:00.000000Z";
    return leaseObject({ namespace: system, name }, { ...record, acquired: time, renewed: time });
  };
  const report = (node: string, target = "gateway"): ApiObject =>
    nodeReportObject(system, {
      node,
      target,
      generation: 1,
      problem: undefined,
      left: [],
      withoutRoom: [],
      renewed: 0,
    });

  it("reports of its node, for either target", async () => {
    assert.equal(await create("n1", report("n1")), 201);
    assert.equal(await create("n1", report("n1", "crio")), 201);
    const long = "n".repeat(250);
    assert.equal(await create(long, report(long)), 201);
  });

  it("cannot take the Lease by which controllers lead", async () => {
    assert.equal(await create("n1", lease("countersign-controller")), 422);
    assert.equal(await create("n1", lease("countersign-controller"), "countersign-controller"), 201);
  });

  it("cannot report of another node, nor make Leases of any name", async () => {
    assert.equal(await create("n1", report("n2")), 422);
    assert.equal(await create("n1", lease("countersign-gateway-n2")), 422);
    assert.equal(await create("n1", lease("countersign-gateway-n1-more")), 422);
  });
});
