import { dirname, isAbsolute, join, resolve } from "node:path";
import { openAccess } from "@countersign/cluster/kube/open-access";
import { startSync } from "@countersign/cluster/start-sync";
import { crioTarget } from "@countersign/cluster/sync/crio-target";
import { gatewayTarget } from "@countersign/cluster/sync/gateway-target";
import { CountersignError } from "@countersign/engine/values/error";
import { jsonLog } from "@countersign/sources/serving/json-log";
import { logOutput } from "@countersign/sources/serving/log-output";
import type { CompileTarget } from "../compile/compile-files.ts";
import type { Terminal } from "../terminal.ts";
import { type ProgramFlags, parseProgramFlags } from "./program-flags.ts";
import { firstSignal } from "./until-signal.ts";

/** The flags of sync as they were typed. */
export interface SyncFlags extends ProgramFlags {
  readonly target: CompileTarget;
  readonly nodeName?: string;
  readonly signaturePolicy: string;
  readonly signaturePolicyDir?: string;
  readonly registriesD: string;
  readonly knownNamespaces: string;
  readonly stateDir: string;
  readonly adopt?: readonly string[];
  readonly once?: true;
  readonly timeout: string;
}

/** `countersign sync`: keeps a node's policy files until SIGTERM or SIGINT, and ends with 0; with --once until they are there. */
export async function sync(flags: SyncFlags, io: Terminal): Promise<void> {
  const { namespace, metrics, logLevel } = parseProgramFlags(flags);
  const config = {
    ...{ namespace, metrics },
    node: nodeName(flags.nodeName ?? io.environment["NODE_NAME"]),
    target: { name: flags.target, files: targetOf(flags) },
    stateDirectory: absolute("state-dir", flags.stateDir),
    namespacesFile: absolute("known-namespaces", flags.knownNamespaces),
    adopts: new Set((flags.adopt ?? []).map((path) => absolute("adopt", path))),
    onceWithin: flags.once === true ? seconds(flags.timeout) * 1000 : undefined,
    access: await openAccess(flags.kubeconfig, io.environment),
  };
  await startSync(config, jsonLog(logLevel, logOutput()), firstSignal());
}

function targetOf({ target, ...flags }: SyncFlags) {
  const policy = absolute("signature-policy", flags.signaturePolicy);
  const directory = absolute("signature-policy-dir", flags.signaturePolicyDir ?? defaultDirectory[target]);
  const registriesD = absolute("registries-d", flags.registriesD);
  const namespaces = absolute("known-namespaces", flags.knownNamespaces);
  requireApart(directory, { "signature-policy": policy, "known-namespaces": namespaces });
  requireApart(directory, {
    "registries-d": join(registriesD, "any"),
    "state-dir": join(flags.stateDir, "any"),
  });
  requireApart(directory, { "state-dir": join(flags.stateDir, target, "any") });
  return target === "gateway"
    ? gatewayTarget({ policy, directory, registriesD, namespaces })
    : crioTarget({ policy, directory, registriesD });
}

/** A namespace may be called `policy`: its file must not take the place of another one, which is for all. */
function requireApart(directory: string, files: Readonly<Record<string, string>>): void {
  for (const [flag, file] of Object.entries(files)) {
    if (dirname(resolve(file)) !== resolve(directory)) continue;
    throw new CountersignError(
      "USAGE",
      `--${flag} leads to a file in --signature-policy-dir ${directory}, where a namespace's own would take its place; choose another directory`,
    );
  }
}

/** CRI-O's own, and that of the gateway's unit. */
const defaultDirectory: Readonly<Record<CompileTarget, string>> = {
  gateway: "/etc/countersign/policies",
  crio: "/etc/crio/policies",
};

function nodeName(name: string | undefined): string {
  if (name !== undefined && name.length <= 253 && /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(name)) return name;
  if (name !== undefined && name !== "") {
    throw new CountersignError(
      "USAGE",
      `${JSON.stringify(name)} is no node's name: those have lower-case letters, digits, - and . only; kubectl get nodes lists them`,
    );
  }
  throw new CountersignError(
    "USAGE",
    "give this node's name as the cluster knows it with --node-name, or in NODE_NAME (fieldRef spec.nodeName)",
  );
}

function absolute(flag: string, path: string): string {
  if (isAbsolute(path) && !path.includes("\0")) return path.replace(/(?<=.)\/+$/, "");
  throw new CountersignError("USAGE", `--${flag} ${path} must be an absolute path, beginning with /`);
}

function seconds(text: string): number {
  const value = /^[0-9]{1,5}$/.test(text) ? Number(text) : 0;
  if (value >= 1) return value;
  throw new CountersignError("USAGE", `--timeout ${text} is not a number of seconds`);
}
