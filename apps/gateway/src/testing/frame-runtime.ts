import { createServer } from "node:net";
import { join } from "node:path";
import { clientPreface } from "../relay/frame.ts";
import { FrameReader } from "../relay/frame-reader.ts";
import { HeaderBlockReader } from "../relay/header-block.ts";
import { HpackDecoder } from "../relay/hpack-decoder.ts";
import { listening } from "./relay-on-sockets.ts";

/** For tests: a runtime that never answers, and reads exactly what the relay let through. */
export interface FrameRuntime extends AsyncDisposable {
  readonly socket: string;
  /** the `:path` of every call that arrived, of all connections that have ended */
  readonly paths: readonly string[];
  /** Resolves when as many connections have come and gone. */
  ended(connections: number): Promise<void>;
}

export async function startFrameRuntime(directory: string): Promise<FrameRuntime> {
  const socket = join(directory, "runtime.sock");
  const paths: string[] = [];
  let ended = 0;
  let another: (() => void) | undefined;
  const server = createServer((connection) => {
    const chunks: Buffer[] = [];
    connection.on("data", (chunk) => chunks.push(chunk));
    connection.on("error", () => undefined);
    connection.on("close", () => {
      paths.push(...pathsIn(Buffer.concat(chunks)));
      ended++;
      another?.();
    });
  });
  await listening(server, socket);
  return {
    socket,
    paths,
    async ended(connections) {
      while (ended < connections) {
        await new Promise<void>((resolve) => {
          another = resolve;
        });
      }
    },
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function pathsIn(bytes: Buffer): readonly string[] {
  const reader = new FrameReader();
  const blocks = new HeaderBlockReader();
  const decoder = new HpackDecoder();
  const paths: string[] = [];
  reader.push(bytes);
  reader.take(clientPreface.length);
  for (let frame = reader.next(); frame !== undefined; frame = reader.next()) {
    const block = blocks.take(frame);
    if (block === "other" || block === "incomplete") continue;
    const path = decoder.decode(block.block).find(({ name }) => name === ":path");
    if (path !== undefined) paths.push(path.value);
  }
  return paths;
}
