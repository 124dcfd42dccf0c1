import type { RpcStatus } from "../gate.ts";
import type { Http2ErrorCode } from "./frame.ts";
import type { HeaderField } from "./header-field.ts";

/** A piece of the runtime's answer, as it came. */
export type AnswerPart =
  | { readonly type: "headers"; readonly fields: readonly HeaderField[]; readonly end: boolean }
  | { readonly type: "data"; readonly bytes: Buffer }
  | { readonly type: "trailers"; readonly fields: readonly HeaderField[] }
  /** the runtime reset the stream */
  | { readonly type: "reset"; readonly code: Http2ErrorCode }
  /** the runtime was not there, or went away */
  | { readonly type: "failed"; readonly status: RpcStatus };

/** Makes a call that the gate let pass, on a connection of ours, and hands back the answer piece by piece. */
export interface Forwarder {
  /** `fields` and `body` are the caller's own. Ends after trailers, reset, failed, or headers that end. */
  forward(fields: readonly HeaderField[], body: Buffer, signal: AbortSignal): AsyncIterable<AnswerPart>;
}
