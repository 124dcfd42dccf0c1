import { couldNotLook, type Observation } from "../finding.ts";
import type { NodeFacts } from "../node-facts.ts";

/** The runtime's own files that could not be read, and so were left out of every other check. */
export function checkRuntimeConfiguration({
  runtime,
  containerd,
  crio,
}: Pick<NodeFacts, "runtime" | "containerd" | "crio">): readonly Observation[] {
  const { barred } = runtime === "crio" ? crio : containerd;
  const why = "What the runtime is told there is not known, and the other findings leave it out.";
  return runtime === undefined ? [] : barred.map((file) => couldNotLook(`${file}.`, why));
}
