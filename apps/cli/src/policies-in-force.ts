import type { Policy } from "@countersign/engine/policy/policy";
import type { UserEnvironment } from "@countersign/sources/environment";
import { readPolicyFile } from "@countersign/sources/files/policy-file";
import { choosePolicy, type PolicyChoice, type PolicyPlaces } from "./commands/policy-choice.ts";

/** A policy, the file it is in, and why that one. */
export interface ChosenPolicy extends PolicyChoice {
  readonly policy: Policy;
}

/** Gives the policy in force for a namespace, or for no namespace; @throws CountersignError as choosing or reading fails */
export type PolicyOf = (namespace: string | undefined) => Promise<ChosenPolicy>;

/** Looks for each namespace's policy once and reads each file once, however many images are asked about. */
export function policiesInForce(places: PolicyPlaces, environment: UserEnvironment): PolicyOf {
  const read = remembering((file: string) => readPolicyFile(file));
  return remembering(async (namespace: string | undefined) => {
    const choice = await choosePolicy({ ...places, namespace }, environment);
    return { ...choice, policy: await read(choice.file) };
  });
}

function remembering<K, V>(find: (key: K) => Promise<V>): (key: K) => Promise<V> {
  const known = new Map<K, Promise<V>>();
  return (key) => {
    const found = known.get(key) ?? find(key);
    known.set(key, found);
    return found;
  };
}
