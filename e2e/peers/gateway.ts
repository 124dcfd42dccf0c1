import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { openRoom, waitUntilListening } from "./room.ts";
import { makeScratch } from "./scratch.ts";
import { startedOrClosed } from "./started-or-closed.ts";
import type { TrustFiles } from "./trust-files.ts";

/** The program under test, started as an administrator starts it. */
export interface Gateway {
  readonly socket: string;
  start(): Promise<void>;
  /** Gives the exit status. */
  terminate(): Promise<number>;
  kill(): Promise<void>;
  log(): Promise<string>;
  close(): Promise<void>;
}

export const countersign: string = fileURLToPath(new URL("../../apps/cli/bin/countersign", import.meta.url));

/** @param flags - more than every gateway here is started with */
export async function startGateway(
  runtimeSocket: string,
  trust: TrustFiles,
  flags: readonly string[] = [],
): Promise<Gateway> {
  const scratch = await makeScratch("gateway");
  const socket = join(scratch.path, "cri.sock");
  const room = await openRoom({
    program: [countersign, ...gatewayArguments(socket, runtimeSocket, trust), ...flags],
    suite: "machine",
    directory: scratch.path,
  });
  const gateway: Gateway = {
    socket,
    start: async () => {
      await room.start();
      await waitUntilListening(room, { path: socket });
    },
    terminate: () => room.stop("TERM"),
    kill: async () => void (await room.stop("KILL")),
    log: () => room.log(),
    close: async () => {
      await room.close();
      await scratch.remove();
    },
  };
  return await startedOrClosed(gateway);
}

export function gatewayArguments(
  socket: string,
  runtimeSocket: string,
  trust: TrustFiles,
): readonly string[] {
  return [
    "gateway",
    ...["--listen", `unix://${socket}`],
    ...["--runtime-endpoint", `unix://${runtimeSocket}`],
    ...["--signature-policy", trust.policy],
    ...["--signature-policy-dir", trust.policyDirectory],
    ...["--registries-conf", trust.registriesConf],
    ...["--registries-d", trust.registriesD],
    ...["--evidence-dir", join(dirname(socket), "evidence")],
    ...["--trust-dir", join(dirname(socket), "trust")],
    ...(trust.registryConfigPath === undefined ? [] : ["--registry-config-path", trust.registryConfigPath]),
    ...(trust.knownNamespaces === undefined ? [] : ["--known-namespaces", trust.knownNamespaces]),
  ];
}
