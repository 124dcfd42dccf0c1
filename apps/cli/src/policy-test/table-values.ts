import { isAbsolute, join, posix } from "node:path";
import { CountersignError } from "@countersign/engine/values/error";
import type { LocatedImage } from "@countersign/engine/values/located-image";
import type { Platform } from "@countersign/engine/values/manifest";
import { parsePlatform } from "@countersign/engine/values/platform";
import { type Namespace, parseNamespace } from "@countersign/gateway/policy/namespace";
import { whyNoCode } from "./outcome-codes.ts";
import type { EvidencePlace, Expectation, JudgedAt } from "./test-table.ts";

/** Parsers of what stands in a table. Each throws a CountersignError that says what to write instead. */

export function pathFrom(directory: string): (text: string) => string {
  return (text) => {
    if (text === "") return invalid("a path is expected");
    return isAbsolute(text) ? text : join(directory, text);
  };
}

/** As policies name directories: absolute; a slash at its end does not count. */
export function absoluteDirectory(text: string): string {
  if (!posix.isAbsolute(text)) return invalid("write the directory as the policy does: an absolute path");
  return posix.resolve(text);
}

export function namespace(text: string): Namespace {
  return parseNamespace(text) ?? invalid("leave it out where there is none");
}

export function platform(text: string): Platform {
  return parsePlatform(text) ?? invalid("write os/arch or os/arch/variant, as in linux/arm64/v8");
}

export function decision(text: string): Expectation["decision"] {
  switch (text) {
    case "allowed":
    case "denied":
    case "undecided":
      return text;
    default:
      return invalid("write allowed, denied or undecided");
  }
}

export function outcomeCode(text: string): string {
  const why = whyNoCode(text);
  return why === undefined ? text : invalid(why);
}

/** What makes an image of a name; it looks where files are. */
export type ParseImage = (text: string) => LocatedImage;

export function evidencePlace(directory: string, parseImage: ParseImage): (text: string) => EvidencePlace {
  const path = pathFrom(directory);
  return (text) => {
    if (text === "live" || text === "unsigned") return { type: text };
    const [, transport, copy] = /^(dir|oci):(.*)$/s.exec(text) ?? [];
    if (transport === undefined || copy === undefined) return { type: "recorded", directory: path(text) };
    return { type: "copied", image: parseImage(`${transport}:${path(copy)}`) };
  };
}

/** RFC 3339, to the second or finer. */
const moment = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/;

export function judgedAt(text: string): JudgedAt {
  if (text === "now" || text === "evidence") return text;
  const time = moment.test(text) && isInCalendar(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(time) ? invalid("write now, evidence or a time, as in 2026-11-01T00:00:00Z") : time;
}

/** Date.parse takes 30 February for 2 March. */
function isInCalendar(text: string): boolean {
  const day = text.slice(0, "2026-11-01".length);
  const time = Date.parse(day);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(day);
}

function invalid(message: string): never {
  throw new CountersignError("CONFIG_INVALID", message);
}
