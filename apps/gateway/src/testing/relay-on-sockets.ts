import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CriClient, connectCri } from "@countersign/testkit/cri-client/cri-client";
import { type ManualTiming, manualTiming } from "@countersign/testkit/registry/manual-timing";
import { type ImageResolver, resolveFrom } from "@countersign/testkit/runtime/resolve-image";
import { startRuntime, type TestRuntime } from "@countersign/testkit/runtime/runtime";
import type { Gate, GateAnswer, GatedCall } from "../gate.ts";
import { createRelay, type Relay } from "../relay/relay.ts";
import type { RelayEvent } from "../relay/relay-config.ts";
import { openRuntime } from "../runtime/runtime-client.ts";
import { parseEndpoint, type RuntimeEndpoint } from "../runtime/runtime-endpoint.ts";

/** The one gated path of these tests, unless a test brings a gate. */
export const gatedPath = "/runtime.v1.ImageService/PullImage";

/** For tests: a relay that listens, with nothing behind it yet. */
export interface ListeningRelay extends AsyncDisposable {
  readonly directory: string;
  readonly relay: Relay;
  /** where callers connect to */
  readonly socket: string;
  readonly events: readonly RelayEvent[];
  /** the relay's ends of its callers' connections, in order */
  readonly accepted: readonly Socket[];
  /** by which the relay looks at callers that stand still */
  readonly timing: ManualTiming;
  /** a client that is closed with the relay */
  client(): CriClient;
}

export async function listenRelay(
  runtime: RuntimeEndpoint,
  gate: Gate,
  directory: string,
  serves: (path: string) => boolean = () => true,
): Promise<ListeningRelay> {
  await using built = new AsyncDisposableStack();
  const forwarder = openRuntime(runtime);
  built.defer(() => forwarder.close());
  const events: RelayEvent[] = [];
  const timing = manualTiming();
  const report = (event: RelayEvent) => events.push(event);
  const relay = createRelay({ runtime, gate, serves, forwarder, timing, report });
  const socket = join(directory, "relay.sock");
  const accepted: Socket[] = [];
  const server = createServer((caller) => {
    accepted.push(caller);
    relay.accept(caller);
  });
  await listening(server, socket);
  built.defer(() => void server.close());
  built.defer(() => relay.drain(AbortSignal.abort()));
  const parts = built.move();
  return {
    directory,
    relay,
    socket,
    events,
    accepted,
    timing,
    client: () => parts.use(connectCri(socket)),
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

/** For tests: a relay with the testkit's runtime behind it. */
export interface RelayedRuntime extends ListeningRelay {
  readonly runtime: TestRuntime;
}

export async function relayToTestRuntime(
  gate: Gate = openGate,
  resolve: ImageResolver = resolveFrom(new Map()),
): Promise<RelayedRuntime> {
  await using built = new AsyncDisposableStack();
  const directory = await temporaryDirectory(built);
  const runtime = built.use(await startRuntime({ socket: join(directory, "runtime.sock"), resolve }));
  const listeningRelay = built.use(await listenRelay(parseEndpoint(runtime.socket), gate, directory));
  const parts = built.move();
  return { ...listeningRelay, runtime, [Symbol.asyncDispose]: () => parts.disposeAsync() };
}

export async function temporaryDirectory(owner: AsyncDisposableStack): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "relay-"));
  owner.defer(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

export function listening(server: Server, socket: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(socket, resolve);
  });
}

/** Gates nothing. */
export const openGate: Gate = {
  paths: new Set(),
  ask: () => Promise.reject(new Error("nothing is gated")),
};

/** Gates one path, and remembers what it was asked. */
export function gateOf(
  decide: (call: GatedCall) => GateAnswer | Promise<GateAnswer>,
): Gate & { readonly asked: readonly GatedCall[] } {
  const asked: GatedCall[] = [];
  return {
    paths: new Set([gatedPath]),
    asked,
    async ask(call) {
      asked.push(call);
      return await decide(call);
    },
  };
}
