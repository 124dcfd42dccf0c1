import { CountersignError } from "@countersign/engine/values/error";
import type { HttpClient } from "../registry/http-client.ts";
import { answered, userAgent } from "../registry/http-words.ts";
import { redactUrl } from "../registry/redact-url.ts";
import { refused } from "./tuf-rules.ts";
import type { TufMirror } from "./update-metadata.ts";

/** Some object stores say 403 of what they do not have. */
const notThere: ReadonlySet<number> = new Set([403, 404]);

/** @param mirror - an address without a trailing slash */
export function httpMirror(mirror: string, http: HttpClient, signal: AbortSignal): TufMirror {
  return {
    async fetch(path, limit) {
      const url = URL.parse(`${mirror}/${path.split("/").map(encodeURIComponent).join("/")}`);
      if (url === null) throw refused(`${mirror} is no address`);
      const request = { method: "GET", url, headers: { "user-agent": userAgent }, bodyLimit: limit } as const;
      const answer = answered(await naming(path, () => http.send(request, signal)), request);
      if (answer.status === 200) return answer.body;
      if (notThere.has(answer.status)) return undefined;
      throw refused(`${redactUrl(url)} answers ${`${answer.status} ${answer.statusText}`.trim()}`);
    },
  };
}

async function naming<T>(path: string, send: () => Promise<T>): Promise<T> {
  try {
    return await send();
  } catch (caught) {
    const { code, message } = CountersignError.from(caught);
    throw new CountersignError(code, `${path}: ${message}`, { cause: caught });
  }
}
