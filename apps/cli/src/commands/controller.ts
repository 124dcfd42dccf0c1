import { openAccess } from "@countersign/cluster/kube/open-access";
import { startController } from "@countersign/cluster/start-controller";
import type { NoMatch } from "@countersign/engine/cluster/compile-cluster";
import { jsonLog } from "@countersign/sources/serving/json-log";
import { logOutput } from "@countersign/sources/serving/log-output";
import type { Terminal } from "../terminal.ts";
import { environmentOf } from "../user-environment.ts";
import { type ProgramFlags, parseProgramFlags } from "./program-flags.ts";
import { readPublicRoot } from "./public-root.ts";
import { firstSignal } from "./until-signal.ts";

/** The flags of controller as they were typed. */
export interface ControllerFlags extends ProgramFlags {
  readonly unmatched: NoMatch;
  readonly publicTrustedRoot?: string;
  readonly kmsCommand?: string;
  readonly fetchRemotePolicies?: true;
}

/** `countersign controller`: serves until SIGTERM or SIGINT, gives its Lease back, and ends with 0. */
export async function controller(flags: ControllerFlags, io: Terminal): Promise<void> {
  const { namespace, metrics, logLevel } = parseProgramFlags(flags);
  const config = {
    access: await openAccess(flags.kubeconfig, io.environment),
    ...{ namespace, metrics },
    noMatch: flags.unmatched,
    publicRoot: await readPublicRoot(flags.publicTrustedRoot),
    kmsCommand: flags.kmsCommand,
    remotePolicies: flags.fetchRemotePolicies === true ? environmentOf(io) : undefined,
  };
  await startController(config, jsonLog(logLevel, logOutput()), firstSignal());
}
