import { afterByteOrderMark } from "../values/byte-order-mark.ts";
import type { Json } from "../values/strict-json.ts";

/** Of a file that is no JSON this much is looked at: what it is stands at its beginning. */
const maxBeginning = 64 * 1024;

/**
 * What a file is that was taken for a policy and is not even JSON, and what to do with it; undefined where nothing but its
 * parser's words is known.
 */
export function mistakenText(bytes: Uint8Array): string | undefined {
  const marked = afterByteOrderMark(bytes);
  if (marked !== undefined) return marked;
  const text = Buffer.from(bytes.subarray(0, maxBeginning)).toString("latin1");
  if (text.trim() === "") {
    return `the file is empty: write a policy, as in {"default": [{"type": "reject"}]}`;
  }
  const [, kind = ""] = /^kind:[ \t]*["']?(\w+)["']?[ \t]*(?:#.*)?\r?$/m.exec(text) ?? [];
  return /^apiVersion:/m.test(text) && resourceKinds.has(kind) ? toCompile : undefined;
}

/** The same of JSON. */
export function mistakenJson(json: Json): string | undefined {
  if (json.kind !== "object") return undefined;
  const member = (wanted: string) => json.members.find(([name]) => name === wanted)?.[1];
  const [kind, version] = [member("kind"), member("apiVersion")];
  const isResource = kind?.kind === "string" && version !== undefined && resourceKinds.has(kind.value);
  return isResource ? toCompile : undefined;
}

const resourceKinds: ReadonlySet<string> = new Set(["ClusterImagePolicy", "ImagePolicy", "TrustRoot"]);

const toCompile =
  "this is a cluster resource: countersign compile -f FILE --out DIR makes the policy files of it";
