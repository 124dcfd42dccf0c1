import { type Observation, ok, problem } from "../finding.ts";
import type { NodeFacts } from "../node-facts.ts";

/** Whether the gateway's socket answers, with the very runtime behind it. */
export function checkGatewayAnswers({
  gateway: { config },
  gatewayVersion: gateway,
  runtimeVersion: runtime,
}: Pick<NodeFacts, "gateway" | "gatewayVersion" | "runtimeVersion">): readonly Observation[] {
  if (config === undefined || gateway === undefined || runtime === undefined) return [];
  const { listen, runtimeEndpoint } = config;
  if (gateway.type === "failed") {
    return [
      problem(
        `${listen.url} does not answer: ${gateway.why}.`,
        "A kubelet that is pointed at it has no container runtime.",
        runtime.type === "failed"
          ? `start the runtime: ${runtimeEndpoint.url} does not answer either (${runtime.why})`
          : "look into the gateway's log",
      ),
    ];
  }
  if (runtime.type === "failed") {
    return [
      problem(
        `${listen.url} answers as ${gateway.runtime}, and the runtime itself, ${runtimeEndpoint.url}, does not: ${runtime.why}.`,
        "Something else than the gateway serves that socket, or the gateway is in front of another runtime.",
        "find out who listens there: ss -xlp",
      ),
    ];
  }
  if (gateway.runtime !== runtime.runtime) {
    return [
      problem(
        `${listen.url} answers as ${gateway.runtime}, and ${runtimeEndpoint.url} as ${runtime.runtime}.`,
        "The gateway is not in front of the runtime that its flags name.",
        "restart the gateway, and find out who listens on both: ss -xlp",
      ),
    ];
  }
  return [ok(`${listen.url} answers, with ${runtime.runtime} behind it.`)];
}
