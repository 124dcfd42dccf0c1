import { createHash } from "node:crypto";
import { CountersignError } from "@countersign/engine/values/error";
import { cancellation } from "@countersign/sources/cancellation";
import type { Connections } from "@countersign/sources/registry/connections";
import { exchange } from "@countersign/sources/registry/exchange";
import type { Timing } from "@countersign/sources/timing";
import type { Ask } from "./external-materials.ts";

/** Of the answer from its first to its last byte. */
const patienceMs = 10_000;
const maxText = 1024 * 1024;

/** A remote text's key: it is another one when its checksum is. */
export function remoteKey(url: string, sha256: string): string {
  return `${sha256.toLowerCase()} ${url}`;
}

/**
 * Fetches texts that policies name by address and checksum, by the proxy and the CAs by which registries are asked. Redirects are not
 * followed, nothing is sent along, and nothing is tried twice at a time.
 */
export function remoteText(timing: Timing, connections: Pick<Connections, "sender">): Ask {
  return async (key, signal) => {
    const at = key.indexOf(" ");
    const [sha256, address] = [key.slice(0, at), key.slice(at + 1)];
    const fail = (why: string, cause?: unknown) =>
      new CountersignError("CONFIG_INVALID", `${address}: ${why}`, { cause });
    const url = URL.parse(address);
    if (url?.protocol !== "https:") throw fail("only https is fetched");
    const late = new AbortController();
    const stop = timing.after(patienceMs, () => late.abort());
    try {
      const within = AbortSignal.any([signal, late.signal]);
      const sender = await connections.sender(terms, url);
      const request = { method: "GET", url, headers: {}, bodyLimit: maxText } as const;
      const answer = await exchange(sender, request, timing, within);
      if (answer.type === "failure") throw fail(answer.reason);
      if (answer.status !== 200) throw fail(`it answered ${answer.status}`);
      const actual = createHash("sha256").update(answer.body).digest("hex");
      if (actual !== sha256) throw fail(`its SHA-256 is ${actual}, and the policy says ${sha256}`);
      return Buffer.from(answer.body).toString();
    } catch (caught) {
      if (signal.aborted) throw cancellation(signal);
      if (late.signal.aborted) throw fail(`it does not answer within ${patienceMs / 1000} s`);
      const { code, message } = CountersignError.from(caught);
      if (code === "TOO_LARGE") throw fail(`it has more than ${maxText} bytes`, caught);
      throw message.startsWith(`${address}: `) ? caught : fail(message, caught);
    } finally {
      stop();
    }
  };
}

const terms = { certificates: { authorities: [], identities: [] }, skipVerify: false };
