import { allMessages } from "./grpc-messages.ts";
import { RpcFailure, type ServedCall } from "./grpc-server.ts";
import type { Method } from "./method.ts";

/** What goes wrong with a call. `honest` is how the call would be served. */
export type RuntimeFault = (call: ServedCall, honest: Method) => Promise<void>;

/** Ends the call with a status; `details` is a serialized google.rpc.Status. */
export function failsWith(code: number, message: string, details?: Uint8Array): RuntimeFault {
  return async () => {
    throw new RpcFailure(code, message, details);
  };
}

/** Never answers; ends when the caller gives up. */
export const hangs: RuntimeFault = (call) =>
  new Promise((resolve) => call.cancelled.addEventListener("abort", () => resolve(), { once: true }));

/** Serves only once `until` has come: how a test decides what happens first. */
export function waitsFor(until: Promise<unknown>): RuntimeFault {
  return async (call, honest) => {
    await until;
    await honest(call);
  };
}

/** Breaks the connection before anything of the answer is sent. */
export const dropsConnection: RuntimeFault = async (call) => {
  await allMessages(call.messages);
  call.dropConnection();
};

/** Sends half of an answer, then breaks the connection. */
export const dropsConnectionMidAnswer: RuntimeFault = async (call) => {
  await allMessages(call.messages);
  await call.send(Buffer.alloc(1024));
  call.dropConnection();
};

/** Resets the stream with an HTTP/2 error code, without a status. */
export function resetsStream(code: number): RuntimeFault {
  return async (call) => {
    await allMessages(call.messages);
    call.reset(code);
  };
}

/** Serves, and then does something nobody asked for, as when a tag moves between two calls. */
export function servesThen(afterwards: () => void): RuntimeFault {
  return async (call, honest) => {
    await honest(call);
    afterwards();
  };
}
