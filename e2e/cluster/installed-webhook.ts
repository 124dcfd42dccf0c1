import { readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parseAllDocuments } from "yaml";
import { freePort } from "../peers/free-port.ts";
import { countersign } from "../peers/gateway.ts";
import type { Room } from "../peers/room.ts";
import type { ApiServerProcess } from "./api-server-process.ts";
import { type Kubectl, kubectlFor } from "./kubectl.ts";

/** Where Countersign itself is, as its manifests have it. */
export const system = "countersign-system";

const manifests = resolve(import.meta.dirname, "../../deploy/manifests/countersign.yaml");

/** What it is to be told of the cluster. */
export interface WebhookPlace {
  readonly kubeconfig: string;
  readonly serve: ApiServerProcess["serve"];
  /** which registries speak plain HTTP */
  readonly registriesConf: string;
  /** for a file of its own */
  readonly directory: string;
}

/** `countersign webhook` as it is deployed, behind a Service that leads to where it listens here. */
export async function installWebhook(place: WebhookPlace): Promise<Room> {
  const { kubeconfig, serve, registriesConf, directory } = place;
  const port = await freePort();
  const objects = [serviceHere, ...(await configurationsAt(port))];
  await applyList(kubectlFor(kubeconfig), join(directory, "webhook-installed.json"), objects);
  const flags = [`--listen=127.0.0.1:${port}`, `--registries-conf=${registriesConf}`];
  return await serve([countersign, "webhook", `--kubeconfig=${kubeconfig}`, ...flags], port);
}

/** API servers take a Service of type ExternalName for a webhook's too. */
const serviceHere = {
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "countersign-webhook", namespace: system },
  spec: { type: "ExternalName", externalName: "localhost" },
};

async function configurationsAt(port: number): Promise<readonly object[]> {
  const documents = parseAllDocuments(await readFile(manifests, "utf8")).map((one) => one.toJS());
  const configurations = documents.filter((one) => /WebhookConfiguration$/.test(one?.kind));
  if (configurations.length === 0) throw new Error(`${manifests} has no webhook configurations`);
  for (const { webhooks } of configurations)
    for (const { clientConfig } of webhooks) clientConfig.service.port = port;
  return configurations;
}

export async function applyList(kubectl: Kubectl, file: string, items: readonly object[]): Promise<string> {
  await writeFile(file, JSON.stringify({ apiVersion: "v1", kind: "List", items }));
  return kubectl("apply", "-f", file);
}
