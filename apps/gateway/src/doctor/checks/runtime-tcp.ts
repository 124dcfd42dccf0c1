import { type Observation, problem } from "../finding.ts";
import type { NodeFacts } from "../node-facts.ts";

/** Whether containerd serves its API over the network as well. */
export function checkRuntimeTcp({
  runtime,
  containerd,
}: Pick<NodeFacts, "runtime" | "containerd">): readonly Observation[] {
  const { tcpAddress } = containerd;
  if (runtime !== "containerd" || tcpAddress === undefined) return [];
  return [
    problem(
      `containerd serves its API on TCP too, on ${tcpAddress}.`,
      "Whoever reaches that address, from a pod for one, pulls and starts what they like, past the gateway.",
      "take tcp_address out of containerd's configuration",
    ),
  ];
}
