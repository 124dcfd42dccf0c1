import { basename } from "node:path";
import { CountersignError } from "@countersign/engine/values/error";
import { type GatewayConfig, parseGatewayConfig } from "../../config.ts";
import { isOfTheNode, type NodeProcess } from "../node/processes.ts";
import { commandWords, type Unit } from "./unit-file.ts";

/** How the gateway is set up on a node. */
export interface GatewaySetup {
  /** the one that runs; undefined when none does, or none can run */
  readonly running: RunningGateway | undefined;
  /** the unit that starts it */
  readonly unit: { readonly unit: Unit; readonly flags: GatewayFlagsRead } | undefined;
  /** what counts now: the running one's, else what its unit says */
  readonly config: GatewayConfig | undefined;
}

export interface RunningGateway {
  readonly pid: number;
  readonly flags: GatewayFlagsRead;
}

export type GatewayFlagsRead =
  | { readonly type: "valid"; readonly config: GatewayConfig }
  | { readonly type: "invalid"; readonly why: string }
  /** from variables that only systemd fills in */
  | { readonly type: "indirect" };

/** Finds the gateway by its command line: `countersign gateway …`, whatever starts it. */
export function gatewaySetup(processes: readonly NodeProcess[], services: readonly Unit[]): GatewaySetup {
  const running = runningGateway(processes);
  const unit = gatewayUnit(services);
  return { running, unit, config: configOf(running?.flags) ?? configOf(unit?.flags) };
}

function runningGateway(processes: readonly NodeProcess[]): RunningGateway | undefined {
  for (const process of processes) {
    const flags = isOfTheNode(process, processes) ? gatewayArguments(process.argv) : undefined;
    if (flags !== undefined) return { pid: process.pid, flags: readFlags(flags) };
  }
  return undefined;
}

function gatewayUnit(services: readonly Unit[]): GatewaySetup["unit"] {
  for (const unit of services) {
    for (const command of unit.settings.get("Service.ExecStart") ?? []) {
      const flags = gatewayArguments(commandWords(command));
      if (flags !== undefined) return { unit, flags: readUnitFlags(flags) };
    }
  }
  return undefined;
}

/** What follows `countersign gateway`; the program may be a script, or a file that Node is given. */
function gatewayArguments(argv: readonly string[]): readonly string[] | undefined {
  const at = argv.findIndex(
    (word, index) => /^countersign(\.mjs)?$|^main\.ts$/.test(basename(word)) && argv[index + 1] === "gateway",
  );
  return at === -1 ? undefined : argv.slice(at + 2);
}

/** Source: systemd.service(5), "Command lines"; systemd.unit(5), "Specifiers". */
function readUnitFlags(argv: readonly string[]): GatewayFlagsRead {
  return argv.some((word) => /[$%]/.test(word)) ? { type: "indirect" } : readFlags(argv);
}

function readFlags(argv: readonly string[]): GatewayFlagsRead {
  try {
    return { type: "valid", config: parseGatewayConfig(argv) };
  } catch (caught) {
    return { type: "invalid", why: CountersignError.from(caught).message };
  }
}

function configOf(flags: GatewayFlagsRead | undefined): GatewayConfig | undefined {
  return flags?.type === "valid" ? flags.config : undefined;
}
