import { once } from "node:events";
import { type ClientHttp2Session, connect as connectHttp2 } from "node:http2";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { clientPreface, emptyFrame, frameType } from "../relay/frame.ts";
import { FrameReader } from "../relay/frame-reader.ts";
import { type HeaderBlock, HeaderBlockReader } from "../relay/header-block.ts";
import { listening } from "./relay-on-sockets.ts";

/** For tests: header blocks as Node's own encoder, nghttp2, writes them, one after the other on a connection. */
export interface BlockSource extends AsyncDisposable {
  /** the block of a request with these fields beside the pseudo-headers */
  encode(path: string, fields: readonly (readonly [string, string])[]): Promise<HeaderBlock>;
}

export async function startNghttp2(directory: string): Promise<BlockSource> {
  const socket = join(directory, "nghttp2.sock");
  const blocks: HeaderBlock[] = [];
  let arrived: (() => void) | undefined;
  const server = createServer((connection) => {
    const reader = new FrameReader();
    const assembler = new HeaderBlockReader();
    let begun = false;
    connection.write(emptyFrame(frameType.settings, 0, 0, 0));
    connection.on("error", () => undefined);
    connection.on("data", (chunk) => {
      reader.push(chunk);
      begun ||= reader.take(clientPreface.length) !== undefined;
      for (let frame = reader.next(); begun && frame !== undefined; frame = reader.next()) {
        const block = assembler.take(frame);
        if (typeof block === "object") blocks.push(block);
      }
      arrived?.();
    });
  });
  await listening(server, socket);
  const session: ClientHttp2Session = connectHttp2("http://localhost", {
    createConnection: () => connect(socket),
    maxSendHeaderBlockLength: 1_000_000,
  });
  session.setMaxListeners(0);
  session.on("error", () => undefined);
  await once(session, "connect");
  return {
    async encode(path, fields) {
      const headers = [
        ":method",
        "POST",
        ":scheme",
        "http",
        ":path",
        path,
        ":authority",
        "localhost",
        ...fields.flat(),
      ];
      const stream = session.request(headers, { endStream: true });
      stream.on("error", () => undefined);
      while (blocks.length === 0) {
        await new Promise<void>((resolve) => {
          arrived = resolve;
        });
      }
      stream.close(8);
      return blocks.shift() as HeaderBlock;
    },
    async [Symbol.asyncDispose]() {
      session.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
