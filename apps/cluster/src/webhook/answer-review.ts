import { CountersignError } from "@countersign/engine/values/error";
import type { Timing } from "@countersign/sources/timing";
import type { AdmissionRequest } from "./review/admission-request.ts";
import { parseReview } from "./review/parse-review.ts";
import { printReview, type RefusalStatus, type ReviewAnswer } from "./review/review-answer.ts";

/** Answers one kind of question. */
export type Reviewer = (request: AdmissionRequest, signal: AbortSignal) => Promise<ReviewAnswer>;

/** What became of a review, for logs and metrics. */
export interface ReviewRecord {
  readonly request: AdmissionRequest | undefined;
  readonly answer: "allowed" | "warned" | "pinned" | "refused" | "unreadable";
  /** what is told the API server; `""` if it was allowed */
  readonly message: string;
  /** milliseconds */
  readonly took: number;
}

export interface PrintedAnswer {
  readonly status: 200 | 400;
  readonly body: string;
  readonly record: ReviewRecord;
}

/**
 * Answers a review, whatever happens: a fault of this program, or time that ran out, is a refusal with its code. Only what
 * is no review cannot be answered by one; an API server takes that for a failure, and refuses too.
 * @param within milliseconds
 */
export async function answerReview(
  bytes: Uint8Array,
  reviewer: Reviewer,
  within: number,
  timing: Timing,
): Promise<PrintedAnswer> {
  const began = timing.now();
  const record = (parts: Omit<ReviewRecord, "took">): ReviewRecord => ({
    ...parts,
    took: timing.now() - began,
  });
  let request: AdmissionRequest;
  try {
    request = parseReview(bytes);
  } catch (caught) {
    const { message } = CountersignError.from(caught);
    return {
      status: 400,
      body: `${message}\n`,
      record: record({ request: undefined, answer: "unreadable", message }),
    };
  }
  const answer = await inTime(request, reviewer, within, timing);
  const body = printReview(request.uid, answer);
  return { status: 200, body, record: record({ request, ...summary(answer) }) };
}

async function inTime(
  request: AdmissionRequest,
  reviewer: Reviewer,
  within: number,
  timing: Timing,
): Promise<ReviewAnswer> {
  const deadline = new AbortController();
  const late = new CountersignError(
    "DEADLINE_EXCEEDED",
    `it could not be decided within ${within / 1000} seconds`,
  );
  const { promise: whenLate, reject } = Promise.withResolvers<never>();
  const cancel = timing.after(within, () => {
    deadline.abort(late);
    // a reviewer that ends its waits itself has more to say than that it was late
    setImmediate(() => setImmediate(() => reject(late)));
  });
  try {
    // begun in a promise, so that what it throws at once is caught as what it throws later
    const answered = Promise.resolve().then(() => reviewer(request, deadline.signal));
    return await Promise.race([answered, whenLate]);
  } catch (caught) {
    const error = CountersignError.from(caught);
    return {
      allowed: false,
      status: statusFor(error),
      message: `refused, for it could not be decided: ${error.message} (${error.code})`,
    };
  } finally {
    cancel();
    deadline.abort(late);
    whenLate.catch(() => {});
  }
}

function statusFor({ code }: CountersignError): RefusalStatus {
  switch (code) {
    case "DEADLINE_EXCEEDED":
      return { code: 504, reason: "Timeout" };
    case "REVIEW_INVALID":
    case "TOO_LARGE":
      return { code: 400, reason: "BadRequest" };
    case "POLICIES_UNKNOWN":
    case "OVERLOADED":
      return { code: 503, reason: "ServiceUnavailable" };
    default:
      return { code: 500, reason: "InternalError" };
  }
}

function summary(answer: ReviewAnswer): Pick<ReviewRecord, "answer" | "message"> {
  if (!answer.allowed) return { answer: "refused", message: answer.message };
  if (answer.patch !== undefined && answer.patch.length > 0) return { answer: "pinned", message: "" };
  const isWarned = answer.warnings.length > 0;
  return { answer: isWarned ? "warned" : "allowed", message: answer.warnings.join("\n") };
}
