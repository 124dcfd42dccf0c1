/** What can be seen of a gateway from outside at any moment: by metrics, and by whoever asks whether it is ready. */
export interface GatewayState {
  /** callers connected */
  readonly connections: number;
  /** why the runtime could not be reached by the last who tried; undefined while it can */
  readonly runtimeAway: string | undefined;
  /** verifications of pulls */
  readonly verifications: { readonly active: number; readonly waiting: number };
  readonly evidence: { readonly files: number; readonly bytes: number };
  /** policy files that requests found unusable, and that nobody has found mended yet */
  readonly brokenPolicies: ReadonlySet<string>;
}

/**
 * Why pods cannot be started on this node just now; nothing when they can. A broken policy of one namespace is that
 * namespace's trouble and not listed.
 */
export function reasonsNotReady(state: GatewayState, globalPolicy: string): readonly string[] {
  const reasons: string[] = [];
  if (state.runtimeAway !== undefined) reasons.push(state.runtimeAway);
  if (state.brokenPolicies.has(globalPolicy))
    reasons.push(`policy ${globalPolicy} cannot be used; images under it are refused`);
  return reasons;
}
