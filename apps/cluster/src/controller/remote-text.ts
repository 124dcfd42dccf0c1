import { createHash } from "node:crypto";
import { CountersignError } from "@countersign/engine/values/error";
import { cancellation } from "@countersign/sources/cancellation";
import type { Timing } from "@countersign/sources/timing";
import { type Dispatcher, request } from "undici";
import type { Ask } from "./external-materials.ts";

/** Of the answer from its first to its last byte. */
const patienceMs = 10_000;
const maxText = 1024 * 1024;

/** A remote text's key: it is another one when its checksum is. */
export function remoteKey(url: string, sha256: string): string {
  return `${sha256.toLowerCase()} ${url}`;
}

/**
 * Fetches texts that policies name by address and checksum. Redirects are not followed, and nothing is sent along.
 * @param dispatcher undefined: undici's own
 */
export function remoteText(timing: Pick<Timing, "after">, dispatcher?: Dispatcher): Ask {
  return async (key, signal) => {
    const at = key.indexOf(" ");
    const [sha256, url] = [key.slice(0, at), key.slice(at + 1)];
    const fail = (why: string, cause?: unknown) =>
      new CountersignError("CONFIG_INVALID", `${url}: ${why}`, { cause });
    if (URL.parse(url)?.protocol !== "https:") throw fail("only https is fetched");
    const late = new AbortController();
    const stop = timing.after(patienceMs, () =>
      late.abort(fail(`it does not answer within ${patienceMs / 1000} s`)),
    );
    try {
      const bytes = await read(url, dispatcher, AbortSignal.any([signal, late.signal]), fail);
      const actual = createHash("sha256").update(bytes).digest("hex");
      if (actual !== sha256) throw fail(`its SHA-256 is ${actual}, and the policy says ${sha256}`);
      return bytes.toString();
    } catch (caught) {
      if (signal.aborted) throw cancellation(signal);
      if (late.signal.aborted) throw late.signal.reason;
      throw caught instanceof CountersignError ? caught : fail(reasonOf(caught), caught);
    } finally {
      stop();
    }
  };
}

async function read(
  url: string,
  dispatcher: Dispatcher | undefined,
  signal: AbortSignal,
  fail: (why: string) => CountersignError,
): Promise<Buffer> {
  const { statusCode, body } = await request(url, { signal, ...(dispatcher && { dispatcher }) });
  if (statusCode !== 200) {
    // what it aborts with is of no interest any more
    body.on("error", () => {});
    body.destroy();
    throw fail(`it answered ${statusCode}`);
  }
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > maxText) throw fail(`it has more than ${maxText} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function reasonOf(caught: unknown): string {
  return caught instanceof Error ? caught.message : String(caught);
}
