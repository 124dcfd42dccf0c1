import { createHash } from "node:crypto";
import { CountersignError } from "@countersign/engine/values/error";
import { request } from "undici";
import type { Ask } from "./external-materials.ts";

const patienceMs = 10_000;
const maxText = 1024 * 1024;

/** A remote text's key: it is another one when its checksum is. */
export function remoteKey(url: string, sha256: string): string {
  return `${sha256.toLowerCase()} ${url}`;
}

/** Fetches texts that policies name by address and checksum. Redirects are not followed, and nothing is sent along. */
export function remoteText(fetch: typeof request = request): Ask {
  return async (key, signal) => {
    const [sha256 = "", url = ""] = key.split(" ");
    const fail = (why: string) => new CountersignError("CONFIG_INVALID", `${url}: ${why}`);
    if (!url.startsWith("https://")) throw fail("only https is fetched");
    const within = AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]);
    const { statusCode, body } = await fetch(url, { signal: within });
    if (statusCode !== 200) {
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
    const bytes = Buffer.concat(chunks);
    const actual = createHash("sha256").update(bytes).digest("hex");
    if (actual !== sha256) throw fail(`its SHA-256 is ${actual}, and the policy says ${sha256}`);
    return bytes.toString();
  };
}
