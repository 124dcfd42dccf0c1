import { parseNamespaceName } from "@countersign/engine/cluster/resource-header";
import { CountersignError } from "@countersign/engine/values/error";
import { parseListenAddress } from "@countersign/sources/serving/listen-address";
import type { MetricsAddress } from "@countersign/sources/serving/metrics-server";

/** Flags that every program of the cluster has. */
export interface ProgramFlags {
  readonly kubeconfig?: string;
  readonly systemNamespace: string;
  readonly metrics?: string;
  readonly logLevel: string;
}

export interface ParsedProgramFlags {
  readonly namespace: string;
  readonly metrics: MetricsAddress | undefined;
  readonly logLevel: string;
}

/** @throws CountersignError USAGE, NAMESPACE_INVALID */
export function parseProgramFlags(flags: ProgramFlags): ParsedProgramFlags {
  const metrics = flags.metrics === undefined ? undefined : parseListenAddress(flags.metrics);
  if (flags.metrics !== undefined && metrics === undefined) {
    throw new CountersignError(
      "USAGE",
      `--metrics ${flags.metrics} is not HOST:PORT; write e.g. 127.0.0.1:9466 or [::1]:9466`,
    );
  }
  return { namespace: parseNamespaceName(flags.systemNamespace), metrics, logLevel: flags.logLevel };
}
