import { once } from "node:events";
import { performServerHandshake, type ServerHttp2Session } from "node:http2";
import { duplexPair } from "node:stream";
import { errorCode, frameHeaderBytes, frameType } from "@countersign/gateway/relay/frame";
import { FrameReader } from "@countersign/gateway/relay/frame-reader";

/** What nghttp2, Node's own HTTP/2, makes of what a client sends. */
export interface Understood {
  /** the header lists of the streams that it opened, by stream: names and values in turn */
  readonly opened: ReadonlyMap<number, readonly string[]>;
  /** it gave up because header compression broke */
  readonly isCompressionBroken: boolean;
  /** it gave up, for whatever reason */
  readonly isOver: boolean;
}

/** Lets a server of nghttp2's read all the bytes that a client sends, and goes by what it says. */
export async function understand(bytes: Buffer): Promise<Understood> {
  const [client, serverSide] = duplexPair();
  const opened = new Map<number, readonly string[]>();
  const session: ServerHttp2Session = performServerHandshake(serverSide, {
    maxHeaderListPairs: 10_000,
    maxSessionMemory: 1000,
    settings: { maxHeaderListSize: 1 << 24, maxConcurrentStreams: 1000 },
  });
  session.on("error", () => undefined);
  session.on("stream", (stream, _headers, _flags, rawHeaders) => {
    stream.on("error", () => undefined);
    opened.set(stream.id ?? 0, rawHeaders);
  });
  const reader = new FrameReader();
  const goaways: number[] = [];
  let answered: (() => void) | undefined;
  client.on("error", () => undefined);
  client.on("data", (chunk: Buffer) => {
    reader.push(chunk);
    for (let frame = reader.next(); frame !== undefined; frame = reader.next()) {
      if (frame.type === frameType.goaway) goaways.push(frame.bytes.readUInt32BE(frameHeaderBytes + 4));
      const isOurPing =
        frame.type === frameType.ping && frame.bytes.subarray(frameHeaderBytes).equals(lastPing);
      if (isOurPing || goaways.length > 0) answered?.();
    }
  });
  const end = new Promise<void>((resolve) => {
    answered = resolve;
    session.once("close", resolve);
  });
  client.write(bytes);
  client.write(pingFrame);
  await end;
  const isOver = goaways.some((code) => code !== errorCode.noError);
  session.destroy();
  client.destroy();
  if (!serverSide.closed) await once(serverSide.destroy(), "close");
  return { opened, isCompressionBroken: goaways.includes(errorCode.compressionError), isOver };
}

/** Answered when everything before it has been read. */
const lastPing = Buffer.from("thelast!");
const pingFrame = Buffer.concat([Buffer.from([0, 0, 8, frameType.ping, 0, 0, 0, 0, 0]), lastPing]);
