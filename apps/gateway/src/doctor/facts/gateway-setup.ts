import { basename } from "node:path";
import { CountersignError } from "@countersign/engine/values/error";
import { type GatewayConfig, parseGatewayConfig } from "../../config.ts";
import { isOfTheNode, type NodeProcess } from "../node/processes.ts";
import { commandWords, type Unit } from "./unit-file.ts";

/** How the gateway is set up on a node. */
export interface GatewaySetup {
  /** the one that runs, on the socket of the unit if one does; undefined when none does, or none can run */
  readonly running: RunningGateway | undefined;
  /** those that run besides on a socket of their own; a successor on the same one is part of every upgrade */
  readonly others: readonly RunningGateway[];
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
  const unit = gatewayUnit(services);
  const all = runningGateways(processes);
  const socket = configOf(unit?.flags)?.listen.path;
  const isOfTheUnit = ({ flags }: RunningGateway) => socket !== undefined && socketOf(flags) === socket;
  const running = all.find(isOfTheUnit) ?? all.at(0);
  const others = all.filter((one) => one !== running && socketOf(one.flags) !== socketOf(running?.flags));
  return { running, others, unit, config: configOf(running?.flags) ?? configOf(unit?.flags) };
}

function runningGateways(processes: readonly NodeProcess[]): readonly RunningGateway[] {
  return processes.flatMap((process) => {
    const flags = isOfTheNode(process, processes) ? gatewayArguments(process.argv) : undefined;
    return flags === undefined ? [] : [{ pid: process.pid, flags: readFlags(flags) }];
  });
}

function socketOf(flags: GatewayFlagsRead | undefined): string | undefined {
  return configOf(flags)?.listen.path;
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
