/** What crosses between the relay, which speaks HTTP/2, and the gate, which knows about images. */

/**
 * A call's headers in the order sent, names in lower case, without HTTP/2's pseudo-headers. Binary
 * metadata (`-bin`) stays in its base64 form, repeated names stay repeated. Holds no credentials of ours,
 * but is a stranger's text: never log it whole.
 */
export type CallMetadata = readonly (readonly [name: string, value: string])[];

/** The outcome of an RPC that did not succeed, as grpc-status, grpc-message and grpc-status-details-bin carry it. */
export interface RpcStatus {
  /** a gRPC status code, 1 to 16; see {@link rpcCode} */
  readonly code: number;
  readonly message: string;
  /** a serialized google.rpc.Status, when there was one */
  readonly detailsBin?: Uint8Array;
}

/** The gRPC status codes this program speaks of, by their canonical names (grpc/grpc doc/statuscodes.md). */
export const rpcCode = {
  ok: 0,
  cancelled: 1,
  unknown: 2,
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  resourceExhausted: 8,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
} as const;

/** One call on a gated path, its single request message complete and nothing of it forwarded yet. */
export interface GatedCall {
  /** the exact `:path`, one of {@link Gate.paths} */
  readonly path: string;
  /** the request message without gRPC's frame, decompressed; at most 16 MiB */
  readonly message: Uint8Array;
  readonly metadata: CallMetadata;
  /** fires when the caller cancels, goes away, or its grpc-timeout passes: nobody will read the answer */
  readonly signal: AbortSignal;
}

/** What becomes of a gated call. */
export type GateAnswer =
  /** the caller's own bytes go to the runtime, and its answer streams back untouched */
  | { readonly type: "forward"; readonly ended?: (how: ForwardEnd) => void }
  /** the call is answered with this message and status OK; the runtime never sees it */
  | { readonly type: "answer"; readonly message: Uint8Array; readonly metadata: CallMetadata }
  /** the call fails with this status; the runtime never sees it */
  | { readonly type: "status"; readonly status: RpcStatus };

/**
 * How a forwarded call came to its end; told once. `cut off`: without the runtime's status, because the caller left or
 * the connection broke; the runtime may still be at it. A call that the runtime never saw is `answered`.
 */
export type ForwardEnd = "answered" | "cut off";

/** Decides about the calls on its paths. Every other path passes the relay undecoded. */
export interface Gate {
  /** `:path` values compared byte by byte, e.g. `/runtime.v1.ImageService/PullImage` */
  readonly paths: ReadonlySet<string>;
  /** A rejection of the promise refuses the call with INTERNAL; it never forwards. */
  ask(call: GatedCall): Promise<GateAnswer>;
}

/** How a unary call to the runtime ended. */
export type RuntimeAnswer =
  | { readonly type: "ok"; readonly message: Uint8Array }
  | { readonly type: "status"; readonly status: RpcStatus };

/** Our own calls to the runtime, over one shared connection that recovers by itself. */
export interface RuntimeClient {
  /**
   * Sends one message and returns the answer's bytes. A runtime that cannot be reached or dies meanwhile is
   * a status UNAVAILABLE; an aborted signal is CANCELLED. `metadata` goes along as it is, except for what
   * belongs to the connection it came by (grpc-timeout, content-type, te, user-agent and the like).
   */
  unary(
    path: string,
    message: Uint8Array,
    metadata: CallMetadata,
    signal: AbortSignal,
  ): Promise<RuntimeAnswer>;
}
