import {
  create,
  type DescMessage,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import { allMessages } from "./grpc-messages.ts";
import { RpcFailure, type ServedCall } from "./grpc-server.ts";

/** Serves the calls on one path. */
export type Method = (call: ServedCall) => Promise<void>;

/** path → how it is served */
export type Methods = Readonly<Record<string, Method>>;

export function unary<Q extends DescMessage, A extends DescMessage>(
  request: Q,
  answer: A,
  serve: (request: MessageShape<Q>) => MessageInitShape<A> | Promise<MessageInitShape<A>>,
): Method {
  return async (call) => {
    const message = await oneMessage(call);
    const init = await serve(fromBinary(request, message));
    await call.send(toBinary(answer, create(answer, init)));
  };
}

/** The single message of a unary or server-streaming call. */
export async function oneMessage(call: ServedCall): Promise<Buffer> {
  const messages = await allMessages(call.messages);
  if (messages.length !== 1) throw new RpcFailure(13, `received ${messages.length} messages instead of one`);
  return messages[0] as Buffer;
}
