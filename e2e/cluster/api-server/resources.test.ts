import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import {
  clusterImagePolicies,
  imagePolicies,
  trustRoots,
} from "@countersign/cluster/controller/policy-kinds";
import { type ApiKind, namespaces } from "@countersign/cluster/kube/api-kind";
import type { ApiObject } from "@countersign/cluster/kube/api-object";
import { ApiFailure } from "@countersign/cluster/kube/api-server";
import { apiServerOverHttp, type OpenApiServer } from "@countersign/cluster/kube/api-server-over-http";
import { kubeconfigAccess } from "@countersign/cluster/kube/kubeconfig";
import { parseAllDocuments } from "yaml";
import { invalidCases, validCases } from "../../../tools/testing/policy-cases.ts";
import { type ApiServerProcess, startApiServer } from "../api-server-process.ts";
import { establishPolicies, untilReady } from "./client.ts";

const { signal } = new AbortController();
const kinds = { ClusterImagePolicy: clusterImagePolicies, ImagePolicy: imagePolicies, TrustRoot: trustRoots };

/** The definitions on a real API server: what they take and refuse there is what is known of them without one. */
describe("the definitions on a real API server", () => {
  let process: ApiServerProcess;
  let server: OpenApiServer;
  let count = 0;

  before(async () => {
    process = await startApiServer();
    server = apiServerOverHttp(await kubeconfigAccess(process.kubeconfig, { now: Date.now }));
    await untilReady(server);
    await establishPolicies(server);
    const shop = { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } };
    await server.create(namespaces, shop, signal);
  });
  after(async () => {
    await server?.close();
    await process?.close();
  });

  /** under a name of its own, in the version it says */
  async function apply(resource: object): Promise<ApiObject> {
    const object = JSON.parse(JSON.stringify(resource)) as ApiObject;
    const [, version = ""] = object.apiVersion.split("/");
    const kind: ApiKind = { ...kinds[object.kind as keyof typeof kinds], version };
    const metadata = { ...object.metadata, name: `${object.metadata.name}-${count++}` };
    return await server.create(kind, { ...object, metadata }, signal);
  }

  for (const [what, resource] of validCases) {
    it(`take ${what}, and keep all of it`, async () => {
      const { spec } = JSON.parse(JSON.stringify(resource)) as ApiObject;
      assert.deepEqual((await apply(resource)).spec, spec);
    });
  }

  for (const [why, resource] of invalidCases) {
    // what is not known is left out, unless a client asks for strictness as kubectl does
    if (why === "for a member nobody knows") continue;
    it(`refuse a policy ${why}`, async () => {
      const refused = await apply(resource).then(
        () => undefined,
        (error: unknown) => error,
      );
      assert.ok(refused instanceof ApiFailure && refused.code === "invalid", String(refused));
    });
  }

  const examples = join(import.meta.dirname, "../../../deploy/examples");
  for (const file of readdirSync(examples)) {
    it(`take deploy/examples/${file}`, async () => {
      for (const document of parseAllDocuments(readFileSync(join(examples, file), "utf8"))) {
        const object = document.toJS();
        if (object.kind !== "Secret") await apply(object);
      }
    });
  }
});
