import { CountersignError, type ErrorCode } from "./error.ts";

/** Puts words before an error's, as Go's callers wrap what they called; being cancelled is said plainly. */
export async function prefixing<T>(prefix: string, run: () => T | Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (caught) {
    const error = CountersignError.from(caught);
    if (plain.has(error.code)) throw error;
    throw new CountersignError(error.code, `${prefix}${error.message}`, { cause: error });
  }
}

const plain: ReadonlySet<ErrorCode> = new Set(["CANCELLED", "DEADLINE_EXCEEDED", "INTERNAL"]);
