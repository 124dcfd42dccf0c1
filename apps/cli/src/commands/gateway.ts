import { setFlagsFromString } from "node:v8";
import { parseGatewayConfig } from "@countersign/gateway/config";
import { gatewayFlagsHelp } from "@countersign/gateway/gateway-flags";
import { runGateway } from "@countersign/gateway/main";
import type { Terminal } from "../terminal.ts";
import { firstSignal } from "./until-signal.ts";

/** `countersign gateway`: serves until SIGTERM or SIGINT, drains, and ends with 0. A second signal ends at once. */
export async function gateway(argv: readonly string[], io: Terminal): Promise<void> {
  if (argv.includes("--help") || argv.includes("-h")) {
    io.out(help());
    return;
  }
  const config = parseGatewayConfig(argv);
  // A node's memory belongs to its pods: V8 shall collect rather than let the heap grow fourfold between collections.
  // Set here, since Node throws away the compiled form of its own modules when it is started with it.
  setFlagsFromString("--optimize-for-size");
  await runGateway(config, firstSignal());
}

function help(): string {
  return `Usage: countersign gateway --runtime-endpoint unix:///PATH [flags]

Serves CRI on a unix socket, passes every call on to the runtime, and refuses to pull what the policy in force
for the pod's namespace does not allow. Point the kubelet at it: --container-runtime-endpoint=unix:///PATH.

Flags:
${gatewayFlagsHelp()}

Examples:
  countersign gateway --runtime-endpoint unix:///run/containerd/containerd.sock
  countersign gateway --listen unix:///run/countersign/cri.sock --runtime-endpoint unix:///run/crio/crio.sock \\
    --signature-policy /etc/containers/policy.json --signature-policy-dir /etc/crio/policies
`;
}
