import { criRuntimeContract } from "@countersign/testkit/contracts/cri-runtime.contract";
import { contractImages, contractRegistry } from "@countersign/testkit/runtime/contract-images";
import { resolveFrom } from "@countersign/testkit/runtime/resolve-image";
import { gateOf, openGate, relayToTestRuntime } from "../testing/relay-on-sockets.ts";

const gates = {
  "a runtime behind the relay": openGate,
  "a runtime behind the relay whose gate lets every pull pass": gateOf(() => ({ type: "forward" })),
};
for (const [name, gate] of Object.entries(gates)) {
  criRuntimeContract(name, async () => {
    const relayed = await relayToTestRuntime(gate, resolveFrom(contractRegistry));
    return {
      ...contractImages,
      client: relayed.client(),
      [Symbol.asyncDispose]: () => relayed[Symbol.asyncDispose](),
    };
  });
}
