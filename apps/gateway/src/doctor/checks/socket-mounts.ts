import { type Observation, ok, warning } from "../finding.ts";
import type { NodeFacts } from "../node-facts.ts";

const maxNames = 10;

/** Whether containers have the runtime's socket mounted. */
export function checkSocketMounts({
  exposed,
  isLive,
  runtimeSockets,
}: Pick<NodeFacts, "exposed" | "isLive" | "runtimeSockets">): readonly Observation[] {
  if (!isLive || runtimeSockets.length === 0) return [];
  if (exposed.length === 0) return [ok("No container is seen that has the runtime's socket mounted.")];
  const shown = exposed.slice(0, maxNames).map(({ process, mountPoint }) => `${process} at ${mountPoint}`);
  const more = exposed.length > maxNames ? `, and ${exposed.length - maxNames} more` : "";
  return [
    warning(
      `Containers can reach the runtime's socket: ${shown.join("; ")}${more}.`,
      "Root in such a container pulls and starts what it likes, past the gateway.",
      "give those pods no hostPath volume of that directory; monitors often need it read-only for names alone, and mounting read-only does not keep anybody from connecting",
    ),
  ];
}
