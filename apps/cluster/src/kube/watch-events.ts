import type { Readable } from "node:stream";
import { ApiFailure, type WatchEvent } from "./api-server.ts";
import { apiFailure } from "./api-status.ts";
import { isRecord, parseObject } from "./parse-object.ts";

/** One event is one line, with one object in it; no object is larger than etcd takes. */
const maxLine = 8 * 1024 * 1024;

/**
 * The events of a watch, a line of JSON each. It ends when the server ends it, and also when the connection breaks:
 * the caller goes on from the last version either way.
 * @throws ApiFailure as an ERROR event says, `expired` mostly; `silent` where nothing came for as long as the body's
 * patience lasts
 */
export async function* readWatchEvents(body: Readable, signal: AbortSignal): AsyncGenerator<WatchEvent> {
  const decoder = new TextDecoder();
  let pending = "";
  try {
    for await (const chunk of body) {
      const lines = (pending + decoder.decode(chunk, { stream: true })).split("\n");
      pending = lines.pop() ?? "";
      if (pending.length > maxLine) throw new ApiFailure("unreachable", "an event of a watch is too large");
      for (const line of lines) if (line.trim() !== "") yield parseEvent(line);
    }
  } catch (error) {
    if (error instanceof ApiFailure) throw error;
    if (signal.aborted) return;
    if (isSilence(error)) throw new ApiFailure("silent", "a watch said nothing for long", { cause: error });
    const reason = error instanceof Error ? error.message : String(error);
    throw new ApiFailure("unreachable", `a watch broke off: ${reason}`, { cause: error });
  } finally {
    body.destroy();
  }
}

/** An API server sends no bookmarks of a kind of which it saw no event since it started. */
function isSilence(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "UND_ERR_BODY_TIMEOUT";
}

function parseEvent(line: string): WatchEvent {
  const event = parseLine(line);
  const { type, object } = event;
  switch (type) {
    case "ADDED":
      return { type: "added", object: parseObject(object) };
    case "MODIFIED":
      return { type: "modified", object: parseObject(object) };
    case "DELETED":
      return { type: "deleted", object: parseObject(object) };
    case "BOOKMARK":
      return { type: "bookmark", version: versionOf(object) };
    default:
      throw apiFailure(isRecord(object) ? Number(object["code"]) : 0, {}, object);
  }
}

function parseLine(line: string): Readonly<Record<string, unknown>> {
  try {
    const event: unknown = JSON.parse(line);
    if (isRecord(event)) return event;
  } catch {
    // told below
  }
  throw new ApiFailure("unreachable", "what a watch sent is no event");
}

/** A bookmark's object has a version and no name. */
function versionOf(object: unknown): string {
  const metadata = isRecord(object) ? object["metadata"] : undefined;
  const version = isRecord(metadata) ? metadata["resourceVersion"] : undefined;
  if (typeof version === "string") return version;
  throw new ApiFailure("unreachable", "a bookmark without a version");
}
