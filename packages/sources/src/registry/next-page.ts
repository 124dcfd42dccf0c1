import { CountersignError } from "@countersign/engine/values/error";
import { headerValues } from "./header-values.ts";
import type { HttpAnswer } from "./http-message.ts";

/** One link of the header: `<address>; rel="next"` (RFC 8288). An address may have commas and semicolons. */
const linkPattern = /<([^<>]*)>([^<]*)/g;
const relationPattern = /;\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,"]+))/i;

/**
 * Where a list goes on. Only the query of that address is taken: a registry behind a proxy or a mirror often names itself
 * otherwise than it is reached, and no list is to make us ask anybody else.
 * @param path - how the address has to end before its query: `/referrers/sha256:…`
 * @returns `?last=…`; undefined at the end of the list
 * @throws CountersignError REGISTRY_ANSWER_INVALID for an address of something else
 */
export function nextPage({ url, headers }: HttpAnswer, path: string): string | undefined {
  for (const value of headerValues(headers, "link")) {
    for (const [, address = "", parameters = ""] of value.matchAll(linkPattern)) {
      const [, quoted, bare] = relationPattern.exec(parameters) ?? [];
      if (!(quoted ?? bare ?? "").toLowerCase().split(" ").includes("next")) continue;
      const next = URL.parse(address, url.href);
      if (next !== null && decoded(next.pathname).endsWith(path) && next.search !== "") return next.search;
      throw new CountersignError(
        "REGISTRY_ANSWER_INVALID",
        "its list goes on at an address that is not the list's",
      );
    }
  }
  return undefined;
}

/** A colon may come as `%3A`. */
function decoded(path: string): string {
  return path.replaceAll(/%3a/gi, ":");
}
