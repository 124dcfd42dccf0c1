import { openAccess } from "@countersign/cluster/kube/open-access";
import { startWebhook } from "@countersign/cluster/start-webhook";
import type { NoMatch } from "@countersign/engine/cluster/compile-cluster";
import { CountersignError } from "@countersign/engine/values/error";
import { jsonLog } from "@countersign/sources/serving/json-log";
import { parseListenAddress } from "@countersign/sources/serving/listen-address";
import { logOutput } from "@countersign/sources/serving/log-output";
import type { Terminal } from "../terminal.ts";
import { environmentOf } from "../user-environment.ts";
import { parsePlatform, type RegistryFlags } from "./image-flags.ts";
import { type ProgramFlags, parseProgramFlags } from "./program-flags.ts";
import { readPublicRoot } from "./public-root.ts";
import { sourcesConfig } from "./sources-config.ts";
import { firstSignal } from "./until-signal.ts";

/** The flags of webhook as they were typed. */
export interface WebhookFlags extends ProgramFlags, Omit<RegistryFlags, "shortNames"> {
  readonly listen: string;
  readonly service: string;
  readonly certificateSecret: string;
  readonly configuration: string;
  readonly unmatched: NoMatch;
  readonly mode: "deny" | "warn";
  readonly lockout: "deny" | "warn";
  readonly platform?: string;
  readonly timeout: string;
  readonly publicTrustedRoot?: string;
  readonly kmsCommand?: string;
  readonly fetchRemotePolicies?: true;
}

/** `countersign webhook`: serves until SIGTERM or SIGINT, answers what was asked by then, and ends with 0. */
export async function webhook(flags: WebhookFlags, io: Terminal): Promise<void> {
  const { namespace, metrics, logLevel } = parseProgramFlags(flags);
  const { service, certificateSecret, configuration, mode, lockout } = flags;
  const program = {
    access: await openAccess(flags.kubeconfig, io.environment),
    webhook: {
      ...{ service, certificateSecret, configuration, mode, lockout },
      address: parseAddress(flags.listen),
      systemNamespace: namespace,
      noMatch: flags.unmatched,
      platform: parsePlatform(flags.platform, process.arch),
      longestReviewMs: parseTimeout(flags.timeout),
    },
    sources: await sourcesConfig({ ...flags, shortNames: "docker.io" }, environmentOf(io)),
    publicRoot: await readPublicRoot(flags.publicTrustedRoot),
    kmsCommand: flags.kmsCommand,
    remotePolicies: flags.fetchRemotePolicies === true ? environmentOf(io) : undefined,
    metrics,
  };
  await startWebhook(program, jsonLog(logLevel, logOutput()), firstSignal());
}

function parseAddress(text: string) {
  const address = parseListenAddress(text);
  if (address !== undefined) return address;
  throw new CountersignError(
    "USAGE",
    `--listen ${text} is not HOST:PORT; write e.g. :8443 or 127.0.0.1:8443`,
  );
}

/** Kubernetes waits for thirty seconds at most. */
function parseTimeout(text: string): number {
  const seconds = /^\d{1,2}$/.test(text) ? Number(text) : 0;
  if (seconds >= 1 && seconds <= 30) return seconds * 1000;
  throw new CountersignError("USAGE", `--timeout ${text} is not a whole number of seconds from 1 to 30`);
}
