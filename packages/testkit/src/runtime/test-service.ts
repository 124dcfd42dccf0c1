import { type Methods, oneMessage } from "./method.ts";

/** Paths beside CRI's, for tests of what lies between a client and this server. */
export const testPaths = {
  /** sends every message back as it comes, however many */
  echo: "/countersign.test/Echo",
  /** the request is a number in decimal digits: answers with one message of so many bytes */
  bytes: "/countersign.test/Bytes",
  /** the request is `COUNTxSIZE`: answers with so many messages of that size */
  messages: "/countersign.test/Messages",
} as const;

export const testService: Methods = {
  async [testPaths.echo](call) {
    for await (const message of call.messages) await call.send(message);
  },
  async [testPaths.bytes](call) {
    await call.send(Buffer.alloc(Number(await oneMessage(call)), 0x5a));
  },
  async [testPaths.messages](call) {
    const [count = 0, size = 0] = (await oneMessage(call)).toString().split("x").map(Number);
    const message = Buffer.alloc(size, 0x5a);
    for (let sent = 0; sent < count && !call.cancelled.aborted; sent++) await call.send(message);
  },
};
