import { rm } from "node:fs/promises";
import { grpcServer, RpcFailure, type ServedCall } from "./grpc-server.ts";
import { imageService } from "./image-service.ts";
import { ImageStore } from "./image-store.ts";
import type { Method } from "./method.ts";
import { PodStore } from "./pod-store.ts";
import { type ImageResolver, resolveFromRegistry } from "./resolve-image.ts";
import type { RuntimeFault } from "./runtime-faults.ts";
import { runtimeService } from "./runtime-service.ts";
import { testService } from "./test-service.ts";

/** A call that reached the runtime. */
export interface RecordedCall {
  readonly path: string;
  readonly metadata: ServedCall["metadata"];
  /** what has come of the request so far */
  readonly messages: readonly Buffer[];
  /** of the answer, what the caller's flow control has let out so far */
  readonly sentBytes: number;
  /** fires when the caller cancelled or went away before the answer was complete */
  readonly cancelled: AbortSignal;
}

export interface TestRuntimeOptions {
  readonly socket: string;
  /** real pulls from a registry over plain HTTP when undefined */
  readonly resolve?: ImageResolver;
}

/** A CRI runtime in this process that keeps books as containerd does and runs nothing. */
export interface TestRuntime extends AsyncDisposable {
  readonly socket: string;
  readonly images: ImageStore;
  readonly pods: PodStore;
  /** everything that reached it, in order */
  readonly calls: readonly RecordedCall[];
  readonly connections: number;
  /** Lets the next `times` calls whose path matches go wrong; all of them when not said. */
  fail(path: RegExp, fault: RuntimeFault, times?: number): void;
  /** Forgets all faults. */
  heal(): void;
  /** Forgets what reached it. */
  forgetCalls(): void;
  /** Resolves with the next call to a path that matches, when it arrives. */
  next(path: RegExp): Promise<RecordedCall>;
  /** As SIGKILL: every connection breaks. Books are kept, as containerd keeps its. */
  kill(): Promise<void>;
  /** As SIGTERM: GOAWAY, and calls under way may end. */
  shutDown(): Promise<void>;
  /** After kill or shutDown, on the same socket. */
  restart(): Promise<void>;
}

export async function startRuntime({ socket, resolve }: TestRuntimeOptions): Promise<TestRuntime> {
  const images = new ImageStore();
  const pods = new PodStore();
  const calls: RecordedCall[] = [];
  const awaited = new Set<(call: RecordedCall) => void>();
  let faults: { readonly path: RegExp; readonly fault: RuntimeFault; left: number }[] = [];
  const methods = {
    ...imageService(images, resolve ?? resolveFromRegistry),
    ...runtimeService(pods, images),
    ...testService,
  };

  const server = grpcServer(socket, async (served) => {
    const messages: Buffer[] = [];
    const { path, metadata, cancelled } = served;
    const recorded = { path, metadata, messages, sentBytes: 0, cancelled };
    const call: ServedCall = {
      ...served,
      messages: recording(served.messages, messages),
      async send(message) {
        await served.send(message);
        recorded.sentBytes += message.length;
      },
    };
    calls.push(recorded);
    for (const arrived of awaited) arrived(recorded);
    const honest: Method = methods[call.path] ?? unknownMethod;
    const active = faults.find(({ path, left }) => left > 0 && path.test(call.path));
    if (active === undefined) return honest(call);
    active.left--;
    return active.fault(call, honest);
  });
  const start = async () => {
    await rm(socket, { force: true });
    await server.start();
  };
  await start();

  return {
    socket,
    images,
    pods,
    calls,
    get connections() {
      return server.connections;
    },
    fail(path, fault, times = Number.POSITIVE_INFINITY) {
      faults.push({ path, fault, left: times });
    },
    heal() {
      faults = [];
    },
    forgetCalls() {
      calls.length = 0;
    },
    next(path) {
      return new Promise((resolve) => {
        const arrived = (call: RecordedCall) => {
          if (!path.test(call.path)) return;
          awaited.delete(arrived);
          resolve(call);
        };
        awaited.add(arrived);
      });
    },
    kill: () => server.kill(),
    shutDown: () => server.shutDown(),
    restart: start,
    async [Symbol.asyncDispose]() {
      await server.kill();
      await rm(socket, { force: true });
    },
  };
}

async function* recording(messages: AsyncIterable<Buffer>, record: Buffer[]): AsyncGenerator<Buffer> {
  for await (const message of messages) {
    record.push(message);
    yield message;
  }
}

/** As grpc-go words it. */
async function unknownMethod({ path }: ServedCall): Promise<void> {
  const slash = path.lastIndexOf("/");
  throw new RpcFailure(12, `unknown method ${path.slice(slash + 1)} for service ${path.slice(1, slash)}`);
}
