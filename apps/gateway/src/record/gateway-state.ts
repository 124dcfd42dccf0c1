import type { Digest } from "@countersign/engine/values/digest";

/** What can be seen of a gateway from outside at any moment: by metrics, and by whoever asks whether it is ready. */
export interface GatewayState {
  /** callers connected */
  readonly connections: number;
  /** the socket that kubelets look for, if somebody removed it */
  readonly socketGone: string | undefined;
  /** why the runtime could not be reached by the last who tried; undefined while it can */
  readonly runtimeAway: string | undefined;
  /** verifications of pulls */
  readonly verifications: { readonly active: number; readonly waiting: number };
  readonly evidence: { readonly files: number; readonly bytes: number };
  /** verdicts that are remembered, to answer for the next container of the same image */
  readonly verdicts: number;
  /** the policy for every namespace without one of its own, as it was read last; undefined before that */
  readonly globalPolicy: { readonly file: string; readonly digest: Digest | undefined };
  /** policy files that requests found unusable, and that nobody has found mended yet */
  readonly brokenPolicies: ReadonlySet<string>;
}

/**
 * Why pods cannot be started on this node just now; nothing when they can. A broken policy of one namespace is that
 * namespace's trouble and not listed.
 */
export function reasonsNotReady(state: GatewayState): readonly string[] {
  const reasons: string[] = [];
  if (state.socketGone !== undefined)
    reasons.push(
      `somebody removed the socket ${state.socketGone}; restart the gateway, which makes it again`,
    );
  if (state.runtimeAway !== undefined) reasons.push(state.runtimeAway);
  const { file } = state.globalPolicy;
  if (state.brokenPolicies.has(file))
    reasons.push(`policy ${file} cannot be used; images under it are refused`);
  return reasons;
}
