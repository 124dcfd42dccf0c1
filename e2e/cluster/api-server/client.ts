import { readdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";
import { type ApiKind, namespaces, type ObjectName } from "@countersign/cluster/kube/api-kind";
import type { ApiObject } from "@countersign/cluster/kube/api-object";
import { ApiFailure, type ApiServer } from "@countersign/cluster/kube/api-server";
import { parseAllDocuments } from "yaml";

const { signal } = new AbortController();

/** Which directory has the resources' definitions: YAML, a CustomResourceDefinition a document. */
const crdsVariable = "COUNTERSIGN_CRDS";
const crdsDirectory = resolve(import.meta.dirname, "../../..", process.env[crdsVariable] ?? "deploy/crds");

const definitions: ApiKind = {
  group: "apiextensions.k8s.io",
  version: "v1",
  plural: "customresourcedefinitions",
  scope: "Cluster",
};

/** An API server accepts connections before it is ready. */
export async function untilReady(server: ApiServer): Promise<void> {
  await eventually(60_000, async () => {
    const { objects } = await server.list(namespaces, { limit: 100 }, signal);
    return objects.some(({ metadata }) => metadata.name === "default");
  });
}

/** Applies the definitions of the policies, and waits until the API server serves them. */
export async function establishPolicies(server: ApiServer): Promise<readonly string[]> {
  const files = (await readdir(crdsDirectory)).filter((name) => name.endsWith(".yaml")).sort();
  if (files.length === 0)
    throw new Error(`${crdsDirectory} has no definitions; ${crdsVariable} names another one`);
  const names: string[] = [];
  for (const file of files) {
    for (const document of parseAllDocuments(await readFile(join(crdsDirectory, file), "utf8"))) {
      const definition = document.toJS() as ApiObject | null;
      if (definition === null) continue;
      await server.create(definitions, definition, signal);
      names.push(definition.metadata.name);
    }
  }
  for (const name of names) {
    await eventually(30_000, async () => {
      const found = await server.get(definitions, { name }, signal);
      const status = found?.status as { readonly conditions?: readonly Condition[] } | undefined;
      return (
        status?.conditions?.some(({ type, status: is }) => type === "Established" && is === "True") === true
      );
    });
  }
  return names;
}

/** Edits an object that others may be editing: its status is the controller's. */
export async function replaceSpec(
  server: ApiServer,
  kind: ApiKind,
  name: ObjectName,
  spec: unknown,
): Promise<void> {
  for (;;) {
    const there = await server.get(kind, name, signal);
    if (there === undefined) throw new Error(`there is no ${kind.plural} ${name.name}`);
    try {
      await server.replace(kind, { ...there, spec }, signal);
      return;
    } catch (error) {
      if (!(error instanceof ApiFailure) || error.code !== "conflict") throw error;
    }
  }
}

export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
}

/** Waits until something holds; what is thrown meanwhile is thrown when it never does. */
export async function eventually(milliseconds: number, holds: () => Promise<boolean>): Promise<void> {
  const deadline = AbortSignal.timeout(milliseconds);
  for (;;) {
    const outcome: unknown = await holds().catch((error: unknown) => error);
    if (outcome === true) return;
    if (deadline.aborted) {
      throw outcome instanceof Error ? outcome : new Error(`it did not come to hold in ${milliseconds} ms`);
    }
    await delay(50);
  }
}

/** Has etcd forget what happened until now, as it does by itself after some minutes. */
export async function compactEtcd(etcd: string): Promise<void> {
  const call = async (path: string, body: object): Promise<Readonly<Record<string, unknown>>> => {
    const answer = await fetch(`${etcd}/v3/kv/${path}`, { method: "POST", body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`etcd answered ${answer.status}: ${await answer.text()}`);
    return (await answer.json()) as Readonly<Record<string, unknown>>;
  };
  const { header } = await call("range", { key: Buffer.from("\0").toString("base64") });
  const { revision } = header as { readonly revision: string };
  await call("compaction", { revision, physical: true });
}
