import { type Observation, ok, warning } from "../finding.ts";
import type { NodeFacts } from "../node-facts.ts";

/** Connections from kubelet, crictl and monitors, one each to the runtime, and registries: with room to spare. */
const enough = 4096;

/** Whether the gateway may open as many files and sockets as a busy node needs. */
export function checkOpenFiles({ openFiles }: Pick<NodeFacts, "openFiles">): readonly Observation[] {
  if (openFiles === undefined) return [];
  if (openFiles >= enough) return [ok(`The gateway may have ${openFiles} files open.`)];
  return [
    warning(
      `The gateway may have only ${openFiles} files open.`,
      "Every connection takes two. When there are none left, calls of the kubelet fail.",
      "write LimitNOFILE=65536 into the [Service] of its unit",
    ),
  ];
}
