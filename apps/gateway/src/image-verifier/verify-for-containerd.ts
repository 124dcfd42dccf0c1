import { withPlace } from "@countersign/engine/policy/policy-invalid";
import { CountersignError, type ErrorCode } from "@countersign/engine/values/error";
import type { DenialCode } from "@countersign/engine/verify/denial-code";
import type { Clock } from "@countersign/engine/verify/ports";
import type { Warning } from "@countersign/engine/verify/warnings";
import type { UserEnvironment } from "@countersign/sources/environment";
import { readPolicyFile } from "@countersign/sources/files/policy-file";
import { openSources } from "@countersign/sources/open-sources";
import type { Timing } from "@countersign/sources/timing";
import { nodePlatform } from "../runtime/node-platform.ts";
import { judgeResolved } from "./judge-resolved.ts";
import { requireSameDigest } from "./read-descriptor.ts";
import { parseVerifierCall, type VerifierCall } from "./verifier-call.ts";

/** What containerd is told: whether the pull goes on, and why not. */
export type VerifierAnswer =
  | { readonly decision: "allowed"; readonly warnings: readonly Warning[] }
  | { readonly decision: "denied"; readonly code: DenialCode; readonly message: string }
  | { readonly decision: "undecided"; readonly code: ErrorCode; readonly message: string };

/** What the process brings along. */
export interface VerifierHost {
  readonly environment: UserEnvironment;
  /** as Node names it: `x64` */
  readonly processor: string;
  readonly input: AsyncIterable<Uint8Array>;
  readonly clock: Clock;
  readonly timing: Pick<Timing, "after">;
  /** milliseconds since the process was started: containerd's patience began then */
  elapsed(): number;
}

/** Answers one question of containerd's. Never throws, and never later than the timeout. */
export async function verifyForContainerd(
  argv: readonly string[],
  host: VerifierHost,
): Promise<VerifierAnswer> {
  try {
    const call = parseVerifierCall(argv);
    return await inTime(call, host, (signal) => answer(call, host, signal));
  } catch (caught) {
    const { code, message } = withPlace(CountersignError.from(caught));
    return { decision: "undecided", code, message };
  }
}

async function answer(
  { settings, question, stdinMediaType }: VerifierCall,
  { environment, processor, input, clock }: VerifierHost,
  signal: AbortSignal,
): Promise<VerifierAnswer> {
  await requireSameDigest(question, stdinMediaType, input);
  const policy = await readPolicyFile(settings.signaturePolicy);
  const sources = openSources({ ...settings, environment });
  try {
    const { trustFiles, trustRepositories } = sources;
    const ports = { sources: sources.imageSources(), trustFiles, trustRepositories, clock };
    const judgement = await judgeResolved(question, policy, nodePlatform(processor), ports, signal);
    if (judgement.allowed) return { decision: "allowed", warnings: judgement.warnings };
    return { decision: "denied", code: judgement.code, message: judgement.text };
  } finally {
    await sources.close();
  }
}

/**
 * containerd kills a verifier that takes too long, and then nobody learns what it waited for. Not everything that may
 * hang minds a signal, a disk that is away for one: so the work is left behind, and ends with the process.
 */
async function inTime(
  { settings: { timeout } }: VerifierCall,
  { elapsed, timing }: VerifierHost,
  work: (signal: AbortSignal) => Promise<VerifierAnswer>,
): Promise<VerifierAnswer> {
  const late = new CountersignError(
    "DEADLINE_EXCEEDED",
    `not decided within ${timeout / 1000} seconds; --timeout and containerd's per_verifier_timeout allow more`,
  );
  const deadline = new AbortController();
  const { promise: expired, reject } = Promise.withResolvers<never>();
  const decided = timing.after(Math.max(timeout - elapsed(), 0), () => {
    deadline.abort(late);
    reject(late);
  });
  const working = work(deadline.signal);
  working.catch(() => {}); // once it is left behind, its end is nobody's business
  try {
    return await Promise.race([working, expired]);
  } finally {
    decided();
  }
}
