import { openSkopeoShell } from "./skopeo-shell.ts";

/** Lets skopeo load policies. */
export interface PolicyReader {
  /** what skopeo finds wrong with a policy; undefined when it takes it */
  fault(policy: Uint8Array): Promise<string | undefined>;
  close(): Promise<void>;
}

/**
 * skopeo is asked for a copy from a source that does not exist, which it notices only once it has the policy.
 * @throws Error when it is not installed
 */
export async function openPolicyReader(): Promise<PolicyReader> {
  const skopeo = await openSkopeoShell("--policy policy.json copy no-such-transport:x dir:y");
  const reader: PolicyReader = {
    fault: async (policy) => faultIn(await skopeo.run({ "policy.json": policy })),
    close: () => skopeo.close(),
  };
  const first = await reader.fault(Buffer.from('{"default":[{"type":"reject"}]}'));
  if (first !== undefined) throw new Error(`skopeo refuses every policy: ${first}`);
  return reader;
}

/** @throws Error when skopeo said neither that it has a policy nor what is wrong with it */
function faultIn(said = ""): string | undefined {
  if (said.startsWith("Invalid source name ")) return undefined;
  if (!said.startsWith(refusing)) throw new Error(`skopeo said something else: ${said}`);
  return said.slice(refusing.length);
}

const refusing = 'Error loading trust policy: invalid policy in "policy.json": ';
