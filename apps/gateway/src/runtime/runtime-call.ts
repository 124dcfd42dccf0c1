import type { ClientHttp2Session, ClientHttp2Stream } from "node:http2";
import { type RpcStatus, rpcCode } from "../gate.ts";
import type { AnswerPart } from "../relay/forwarder.ts";
import { errorCode, flag, type Http2ErrorCode } from "../relay/frame.ts";
import { type HeaderField, literalField } from "../relay/header-field.ts";
import type { RuntimeSession } from "./runtime-session.ts";

/** How an answer's pieces are told apart from the ways not to get one. */
export interface RuntimeCall {
  readonly session: RuntimeSession;
  /** for messages */
  readonly endpointUrl: string;
  /** names and values in turn, pseudo-headers first */
  readonly headers: readonly string[];
  /** gRPC-framed */
  readonly body: Uint8Array;
  readonly signal: AbortSignal;
}

/** Makes one call over the shared connection. Whatever happens comes as a part; this never throws. */
export async function* callRuntime(call: RuntimeCall): AsyncGenerator<AnswerPart> {
  if (call.signal.aborted) return yield failed(rpcCode.cancelled, "the call was cancelled");
  let session: ClientHttp2Session;
  let stream: ClientHttp2Stream;
  try {
    session = await call.session.get();
    stream = session.request([...call.headers], { endStream: false, signal: call.signal });
  } catch (caught) {
    return yield call.signal.aborted
      ? failed(rpcCode.cancelled, "the call was cancelled")
      : failed(
          rpcCode.unavailable,
          `container runtime ${call.endpointUrl} is unavailable: ${reasonOf(caught)}`,
        );
  }
  try {
    yield* answerParts(stream, session, call);
  } finally {
    // Destroyed as well: what of the answer nobody read would keep the stream, and so the connection, open.
    if (!stream.closed) stream.close(errorCode.cancel);
    stream.destroy();
  }
}

async function* answerParts(
  stream: ClientHttp2Stream,
  session: ClientHttp2Session,
  call: RuntimeCall,
): AsyncGenerator<AnswerPart> {
  let trailers: readonly HeaderField[] | undefined;
  stream.on("trailers", (_headers, _flags, raw) => {
    trailers = fieldsOf(raw);
  });
  // The outcome is read from the stream's end; an error without a listener would end the process.
  stream.on("error", () => undefined);
  const head = responseHead(stream);
  stream.end(call.body);
  const headers = await head;
  if (headers !== undefined) {
    yield headers;
    if (headers.end) return;
    try {
      for await (const bytes of stream) yield { type: "data", bytes };
    } catch {
      // reset or lost: told apart below
    }
    if (trailers !== undefined) return yield { type: "trailers", fields: trailers };
  }
  yield howItEnded(stream, session, call);
}

interface ResponseHead {
  readonly type: "headers";
  readonly fields: readonly HeaderField[];
  readonly end: boolean;
}

function responseHead(stream: ClientHttp2Stream): Promise<ResponseHead | undefined> {
  return new Promise((resolve) => {
    stream.once("response", (_headers, flags, raw) => {
      const end = (flags & flag.endStream) !== 0;
      if (end) stream.resume();
      resolve({ type: "headers", fields: fieldsOf(raw), end });
    });
    stream.once("close", () => resolve(undefined));
  });
}

function howItEnded(
  stream: ClientHttp2Stream,
  session: ClientHttp2Session,
  { signal, endpointUrl }: RuntimeCall,
): AnswerPart {
  if (signal.aborted) return failed(rpcCode.cancelled, "the call was cancelled");
  if (session.destroyed)
    return failed(rpcCode.unavailable, `container runtime ${endpointUrl} went away during the call`);
  return { type: "reset", code: stream.rstCode as Http2ErrorCode };
}

/** `raw` has names and values in turn, as node:http2 hands them out. */
function fieldsOf(raw: readonly string[] | undefined): readonly HeaderField[] {
  const fields: HeaderField[] = [];
  for (let at = 0; raw !== undefined && at + 1 < raw.length; at += 2)
    fields.push(literalField(raw[at] as string, raw[at + 1] as string));
  return fields;
}

function failed(code: number, message: string): AnswerPart {
  const status: RpcStatus = { code, message };
  return { type: "failed", status };
}

function reasonOf(caught: unknown): string {
  return caught instanceof Error ? caught.message : String(caught);
}
