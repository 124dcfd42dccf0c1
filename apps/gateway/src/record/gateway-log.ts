import { unreachable } from "@countersign/engine/values/error";
import type { SeedEvents } from "@countersign/sources/evidence/evidence-seed";
import type { ShelfEvents } from "@countersign/sources/evidence/shelf-files";
import type { SourcesEvents } from "@countersign/sources/open-sources";
import type { Logger } from "pino";
import type { PolicyEvents } from "../policy/policy-store.ts";
import type { LeftoverEvents } from "../pull/take-back.ts";
import type { RelayEvent } from "../relay/relay-config.ts";
import { statusText } from "../rpc-status.ts";
import type { RuntimeNews, RuntimeWatch } from "../runtime/runtime-watch.ts";

export function policyNews(log: Logger): Omit<PolicyEvents, "refused"> {
  return {
    loaded: (file, digest) => log.info({ file, digest }, "this policy is in force now"),
    broke: (file, { code, message }) =>
      log.error({ file, code, reason: message }, "this policy cannot be used; pulls under it are refused"),
    mended: (file) => log.info({ file }, "this policy can be used again"),
  };
}

export function leftoverNews(log: Logger): LeftoverEvents {
  return {
    removed: (name) => log.info({ image: name }, "removed what a failed pull had brought"),
    kept: (name, why) => log.warn({ image: name, why }, "a refused image stays on disk"),
    failed: (name, error) =>
      log.error(
        { image: name, reason: statusText(error instanceof Error ? error.message : String(error)) },
        "could not remove what a failed pull may have brought",
      ),
  };
}

export function evidenceNews(log: Logger): ShelfEvents {
  return {
    failed: (path, error) =>
      log.warn(
        { path, reason: statusText(error instanceof Error ? error.message : String(error)) },
        "evidence cannot be kept; containers are judged by what their registry answers",
      ),
    discarded: (path, why) =>
      log.warn({ path, why: statusText(why) }, "kept evidence was of no use and is gone"),
  };
}

export function trustNews(log: Logger): SourcesEvents {
  return {
    staleTrust: (mirror, { message }) =>
      log.warn(
        { mirror, reason: statusText(message) },
        "this TUF repository has nothing newer to give; what is kept of it serves until it expires",
      ),
    trustNotKept: (path, error) =>
      log.warn(
        { path, reason: statusText(error instanceof Error ? error.message : String(error)) },
        "what was read of TUF repositories cannot be kept; they are asked again after each start",
      ),
  };
}

export function seedNews(log: Logger): SeedEvents {
  return {
    failed: (path, error) =>
      log.warn(
        { path, reason: statusText(error instanceof Error ? error.message : String(error)) },
        "--evidence-seed cannot be read: what it has counts for no image until it can; bring it to the node, or mend the flag",
      ),
    ignored: (path, why) =>
      log.warn({ path, why: statusText(why) }, "a file of --evidence-seed is no evidence"),
  };
}

export function runtimeNews(log: Logger): RuntimeNews {
  return {
    wentAway: (reason) =>
      log.warn({ reason: statusText(reason) }, "the runtime is not there; callers get UNAVAILABLE"),
    cameBack: (away) => log.info({ awayMs: Math.round(away) }, "the runtime is back"),
  };
}

export function relayNews(log: Logger, runtime: RuntimeWatch): (event: RelayEvent) => void {
  return (event) => {
    switch (event.type) {
      case "callerFault":
        return log.warn({ reason: statusText(event.message) }, "a caller was disconnected");
      case "runtimeUnavailable":
        return runtime.missed(event.message);
      case "runtimeReached":
        return runtime.reached();
      case "gateFailed":
        return log.error(
          { path: event.path, err: event.error },
          "deciding about a call failed; it was refused",
        );
      default:
        return unreachable(event);
    }
  };
}
