import type { RunningGateway } from "../facts/gateway-setup.ts";
import { couldNotLook, type Observation, ok, problem, unknown, warning } from "../finding.ts";
import type { NodeFacts } from "../node-facts.ts";

/** Whether there is a gateway and only one, and whether its flags are understood. */
export function checkGatewaySetup(
  facts: Pick<NodeFacts, "gateway" | "isLive" | "seesProcesses" | "verifiers">,
): readonly Observation[] {
  const { running, others } = facts.gateway;
  return [
    ...checkGateway(facts),
    ...(running === undefined ? [] : others.map((other) => oneMore(other, running))),
  ];
}

/** All that follows is said of one gateway, and would be taken for the other's. */
function oneMore(other: RunningGateway, { pid }: RunningGateway): Observation {
  const place =
    other.flags.type === "valid" ? other.flags.config.listen.url : "a socket that its flags do not tell";
  return warning(
    `Another gateway (process ${other.pid}) serves ${place}.`,
    `All that is said here of the gateway is about process ${pid}; nothing looked at the policies and sockets of the other.`,
    "stop the one that the kubelet does not use, and look again",
  );
}

function checkGateway({
  gateway: { running, unit },
  isLive,
  seesProcesses,
  verifiers,
}: Pick<NodeFacts, "gateway" | "isLive" | "seesProcesses" | "verifiers">): readonly Observation[] {
  if (isLive && !seesProcesses) {
    return [
      couldNotLook("The processes of this node cannot be seen.", "Whether a gateway runs is not known."),
    ];
  }
  const found = running ?? unit;
  if (found === undefined) return [noGateway(verifiers.programs.length > 0)];
  const place = running === undefined ? `unit ${unit?.unit.file}` : `process ${running.pid}`;
  if (found.flags.type === "invalid") {
    return [
      problem(
        `The flags of the gateway (${place}) are not understood: ${found.flags.why}.`,
        "The gateway does not start with them, or it is of another version than this command.",
        "correct the flags; if the gateway runs, use the doctor that came with it",
      ),
    ];
  }
  if (found.flags.type === "indirect") {
    const remedy = "run this on the node while the gateway runs";
    return [
      unknown(
        `The flags of the gateway (${place}) stand in variables.`,
        "What they are is not known.",
        remedy,
      ),
    ];
  }
  const { listen, runtimeEndpoint } = found.flags.config;
  const served = `The gateway (${place}) serves ${listen.url} in front of ${runtimeEndpoint.url}.`;
  if (!isLive || running !== undefined) return [ok(served)];
  return [
    problem(
      `No gateway runs, though ${place} would start one.`,
      "A kubelet that is pointed at it has no container runtime; one that is not pulls unverified.",
      "systemctl status and journalctl -u say why it does not run",
    ),
  ];
}

function noGateway(hasVerifier: boolean): Observation {
  const found = "There is no countersign gateway: no process of root's, and no systemd unit that starts one.";
  const remedy = "see the guide, docs/guide/gateway.md";
  return hasVerifier
    ? warning(
        found,
        "containerd's image verifier alone looks at pulls: under one policy for all namespaces, and not when containers are made.",
        `leave it so if that is meant; else ${remedy}`,
      )
    : problem(found, "Nothing verifies what is pulled on this node.", remedy);
}
