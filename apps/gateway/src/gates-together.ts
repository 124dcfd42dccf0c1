import { CountersignError } from "@countersign/engine/values/error";
import type { Gate } from "./gate.ts";

/** Several gates as one; no path has two. */
export function gatesTogether(gates: readonly Gate[]): Gate {
  const byPath = new Map(gates.flatMap((gate) => [...gate.paths].map((path) => [path, gate] as const)));
  return {
    paths: new Set(byPath.keys()),
    async ask(call) {
      const gate = byPath.get(call.path);
      if (gate === undefined) throw new CountersignError("INTERNAL", `no gate is for ${call.path}`);
      return await gate.ask(call);
    },
  };
}
