import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { CountersignError } from "@countersign/engine/values/error";
import type { Json } from "@countersign/engine/values/json";
import type { Clock } from "@countersign/engine/verify/ports";
import { readYamlDocument } from "@countersign/sources/files/yaml-document";
import { systemErrorText } from "@countersign/sources/system-error";
import type { ApiAccess } from "./api-access.ts";
import { rotatingToken } from "./in-cluster.ts";

/**
 * The way to the API server that a kubeconfig file's current context names. Credentials that a program has to be run for are
 * refused, and so is a server that nobody verifies.
 * Source: kubernetes.io/docs/reference/config-api/kubeconfig.v1.
 * @throws CountersignError CONFIG_INVALID naming the file and the member
 */
export async function kubeconfigAccess(file: string, clock: Clock): Promise<ApiAccess> {
  try {
    const { root } = readYamlDocument(await textOf(file));
    return await accessOf(root, dirname(file), clock);
  } catch (cause) {
    const { message } = CountersignError.from(cause);
    throw new CountersignError("CONFIG_INVALID", `--kubeconfig ${file}: ${message}`, { cause });
  }
}

async function textOf(file: string): Promise<string> {
  return await readFile(file, "utf8").catch((cause: Error) => {
    const why = `${systemErrorText(cause)}; name the kubeconfig that kubectl uses, as $HOME/.kube/config`;
    throw new CountersignError("CONFIG_INVALID", why, { cause });
  });
}

async function accessOf(root: Json, directory: string, clock: Clock): Promise<ApiAccess> {
  const context = named(root, "contexts", "context", text(root, "current-context", "the file"));
  const cluster = named(root, "clusters", "cluster", text(context, "cluster", "the context"));
  const user = named(root, "users", "user", text(context, "user", "the context"));
  const url = text(cluster, "server", "the cluster").replace(/\/+$/, "");
  if (!/^https?:\/\/[^/]+(\/.*)?$/.test(url)) throw fault(`the cluster's server ${url} is no URL`);
  for (const member of ["insecure-skip-tls-verify", "proxy-url", "tls-server-name"]) {
    const given = of(cluster, member);
    if (given !== undefined && !(given.kind === "boolean" && !given.value)) {
      throw fault(`${member} is not taken; name the server as its certificate does, and its authority`);
    }
  }
  for (const member of ["exec", "auth-provider", "username", "impersonate", "as"]) {
    if (of(user, member) !== undefined) {
      throw fault(`${member} is not taken; give a token, a tokenFile or a client certificate`);
    }
  }
  const load = loader(directory);
  const certificate = await load(user, "client-certificate");
  const key = await load(user, "client-key");
  if ((certificate === undefined) !== (key === undefined)) {
    throw fault("a client certificate and its key are needed together");
  }
  return {
    url,
    ca: await load(cluster, "certificate-authority"),
    certificate: certificate && key && { certificate, key },
    token: tokenOf(user, directory, clock),
  };
}

function tokenOf(user: Json, directory: string, clock: Clock): ApiAccess["token"] {
  const file = optionalText(user, "tokenFile");
  if (file !== undefined) return rotatingToken(resolve(directory, file), clock);
  const token = optionalText(user, "token");
  return async () => token;
}

/** What is in the file itself counts before a file that it names, which is looked for beside it. */
function loader(directory: string) {
  return async (json: Json, member: string): Promise<Uint8Array | undefined> => {
    const inline = optionalText(json, `${member}-data`);
    if (inline !== undefined) return Buffer.from(inline, "base64");
    const file = optionalText(json, member);
    return file === undefined ? undefined : await readFile(resolve(directory, file));
  };
}

function named(root: Json, list: string, member: string, name: string): Json {
  const entries = of(root, list);
  const items = entries?.kind === "array" ? entries.items : [];
  const found = items.find((item) => optionalText(item, "name") === name);
  const value = found && of(found, member);
  if (value !== undefined) return value;
  throw fault(`${list} has no ${JSON.stringify(name)}`);
}

function text(json: Json, member: string, where: string): string {
  const value = optionalText(json, member);
  if (value !== undefined && value !== "") return value;
  throw fault(`${where} has no ${member}`);
}

function optionalText(json: Json, member: string): string | undefined {
  const value = of(json, member);
  return value?.kind === "string" ? value.value : undefined;
}

function of(json: Json, name: string): Json | undefined {
  return json.kind === "object" ? json.members.findLast(([each]) => each === name)?.[1] : undefined;
}

function fault(message: string): CountersignError {
  return new CountersignError("CONFIG_INVALID", message);
}
