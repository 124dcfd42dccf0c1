import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { type ClientHttp2Session, connect as connectHttp2 } from "node:http2";
import { connect } from "node:net";
import { join } from "node:path";
import { environment } from "../e2e/peers/own-environment.ts";
import { makeScratch } from "../e2e/peers/scratch.ts";
import { inTurn, timed } from "./in-turn.ts";
import { median, percentile, rounded } from "./statistics.ts";

/**
 * What decision 0002 was made on: `node bench/relay-choice.ts`. Small calls and bulk, straight and by each way to stand
 * between, every side a process of its own, the ways in turn. The client is node:http2 itself with a kubelet's wide
 * windows, since it costs less than any gRPC client and so hides less.
 */
const ways = ["straight", "http2", "bytes", "frames"] as const;
const window = 16 * 1024 * 1024;

await using closing = new AsyncDisposableStack();
const scratch = await makeScratch("relay-choice");
closing.defer(() => scratch.remove());
const runtime = join(scratch.path, "runtime.sock");
await program("bulk-runtime.ts", runtime);
const sessions: ClientHttp2Session[] = [];
for (const way of ways) {
  const socket = way === "straight" ? runtime : join(scratch.path, `${way}.sock`);
  if (way !== "straight") await program("relay-candidate.ts", way, socket, runtime);
  sessions.push(await open(socket));
}

const small = sessions.map(() => ({ one: [] as number[], sixteen: [] as number[] }));
await inTurn(
  sessions.map((session, at) => () => timed(() => callers(session, 1, 200, small[at]?.one ?? []))),
  20,
  3,
);
await inTurn(
  sessions.map((session, at) => () => timed(() => callers(session, 16, 800, small[at]?.sixteen ?? []))),
  20,
  3,
);
const answers = await inTurn(
  sessions.map((session) => () => timed(() => call(session, "/runtime.v1.ImageService/ListImages"))),
  60,
  5,
);
const streams = await inTurn(
  sessions.map(
    (session) => () => timed(() => call(session, "/runtime.v1.RuntimeService/GetContainerEvents")),
  ),
  30,
  5,
);

process.stdout.write(
  "way        1 caller p50/p99 ms   16 callers p50/p99 ms   16 MiB answer   20,000 x 1 KiB\n",
);
ways.forEach((way, at) => {
  const { one = [], sixteen = [] } = small[at] ?? {};
  const share = (times: readonly (readonly number[])[]) =>
    rounded(median(times[0] ?? []) / median(times[at] ?? []), 2);
  const times = [one, sixteen].map((samples) => `${ms(samples, 0.5)} / ${ms(samples, 0.99)}`.padEnd(22));
  process.stdout.write(
    `${way.padEnd(10)} ${times.join(" ")}  ${`${share(answers)}x`.padEnd(15)} ${share(streams)}x\n`,
  );
});
for (const session of sessions) session.destroy();

function ms(samples: readonly number[], share: number): string {
  return percentile(samples, share).toFixed(3);
}

async function program(name: string, ...args: readonly string[]): Promise<void> {
  const child: ChildProcess = spawn(process.execPath, [join(import.meta.dirname, name), ...args], {
    stdio: ["ignore", "pipe", "inherit"],
    env: environment,
  });
  closing.defer(() => void child.kill());
  if (child.stdout !== null) await once(child.stdout, "data");
}

async function open(socket: string): Promise<ClientHttp2Session> {
  const session = connectHttp2("http://localhost", {
    createConnection: () => connect(socket),
    settings: { initialWindowSize: window },
  });
  await once(session, "connect");
  session.setLocalWindowSize(window);
  return session;
}

async function callers(
  session: ClientHttp2Session,
  atOnce: number,
  calls: number,
  into: number[],
): Promise<void> {
  let left = calls;
  const caller = async () => {
    while (left-- > 0) into.push(await timed(() => call(session, "/runtime.v1.RuntimeService/Version")));
  };
  await Promise.all(Array.from({ length: atOnce }, caller));
}

function call(session: ClientHttp2Session, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const stream = session.request({
      ":method": "POST",
      ":path": path,
      "content-type": "application/grpc",
      te: "trailers",
      "user-agent": "grpc-go/1.72.0",
      "grpc-timeout": "2M",
    });
    stream.once("error", reject);
    stream.once("close", resolve);
    stream.resume();
    stream.end(Buffer.alloc(5));
  });
}
