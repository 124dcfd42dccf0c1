import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { describe, it } from "node:test";
import { jsonLog } from "@countersign/sources/serving/json-log";
import { type CriClient, connectCri } from "@countersign/testkit/cri-client/cri-client";
import { manualTiming } from "@countersign/testkit/registry/manual-timing";
import { temporaryRoot } from "@countersign/testkit/registry/temporary-root";
import { startRuntime } from "@countersign/testkit/runtime/runtime";
import { waitsFor } from "@countersign/testkit/runtime/runtime-faults";
import { parseGatewayConfig } from "./config.ts";
import { startGateway } from "./start-gateway.ts";

/** e2e/scenarios/handover.test.ts does it oftener, with systemd. */
const restarts = 5;
const acceptAnything = '{"default":[{"type":"insecureAcceptAnything"}]}';

describe("on a socket that a service manager keeps", () => {
  it(`not one call fails while the gateway is restarted ${restarts} times`, async () => {
    await using node = await keptNode();
    const load = startLoad(node.kubelet);
    for (let restart = 0; restart < restarts; restart++) {
      await load.everyCallerAnswered();
      await node.gatewayRestarts("SIGTERM");
    }
    await load.everyCallerAnswered();
    assert.deepEqual(await load.stop(), []);
  });

  it("a call under way ends where it began; those that come meanwhile wait for the next process", async () => {
    await using node = await keptNode();
    const release = Promise.withResolvers<void>();
    node.runtime.fail(/StopContainer$/, waitsFor(release.promise));
    const arrived = node.runtime.next(/StopContainer$/);
    const underWay = node.kubelet.stopContainer({});
    await arrived;
    const restarted = node.gatewayRestarts("SIGTERM");
    await node.logged(/draining/);
    const waiting = node.kubelet.version({});
    release.resolve();
    await underWay;
    await restarted;
    assert.equal((await waiting).runtimeName, "testkit");
  });

  it("a stream of events that had none yet goes on at the next process, as far as its reader can tell", async () => {
    await using node = await keptNode();
    const opened = node.runtime.next(/GetContainerEvents$/);
    const events = node.kubelet.containerEvents();
    const failed = once(events, "error");
    await opened;
    const reopened = node.runtime.next(/GetContainerEvents$/);
    await node.gatewayRestarts("SIGTERM");
    await reopened;
    events.cancel();
    const [{ code }] = await failed;
    assert.equal(code, 1);
  });

  it("a process that is killed fails the calls it had, and no later one", async () => {
    await using node = await keptNode();
    node.runtime.fail(/StopContainer$/, waitsFor(new Promise(() => undefined)));
    const arrived = node.runtime.next(/StopContainer$/);
    const lost = assert.rejects(node.kubelet.stopContainer({}), { code: 14 });
    await arrived;
    const restarted = node.gatewayRestarts("SIGKILL");
    await lost;
    assert.equal((await node.kubelet.version({})).runtimeName, "testkit");
    await restarted;
  });
});

describe("a gateway that takes over", () => {
  it("serves what comes from now on, while the one before it lets a long call end and is not asked again", async () => {
    await using parts = new AsyncDisposableStack();
    const root = parts.use(temporaryRoot());
    const runtime = parts.use(await startRuntime({ socket: join(root.path, "runtime.sock") }));
    const listen = join(root.path, "cri.sock");
    const policy = root.write("policy.json", acceptAnything);
    const timing = manualTiming();
    const start = (...flags: readonly string[]) =>
      startGateway(
        parseGatewayConfig([
          ...["--listen", listen, "--runtime-endpoint", runtime.socket, "--signature-policy", policy],
          ...["--evidence-dir", join(root.path, "evidence"), "--handover-timeout", "11m", ...flags],
        ]),
        {
          environment: root.environment,
          processor: process.arch,
          log: jsonLog("info", { write: () => undefined }),
          timing,
        },
      );
    const first = await start();
    const kubelet = parts.use(connectCri(listen));
    const release = Promise.withResolvers<void>();
    runtime.fail(/StopContainer$/, waitsFor(release.promise));
    const arrived = runtime.next(/StopContainer$/);
    const underWay = kubelet.stopContainer({});
    await arrived;

    const displaced = once(first.displaced, "abort");
    const second = await start("--occupied-socket", "take-over");
    parts.defer(() => second.drain());
    await displaced;
    const drained = first.drain();
    assert.equal((await kubelet.version({})).runtimeName, "testkit");
    await timing.untilAwaited(11 * 60_000);
    timing.advance(10 * 60_000);
    release.resolve();
    await underWay;
    await drained;
    assert.equal((await kubelet.version({})).runtimeName, "testkit");
  });
});

/** A runtime, a gateway in processes of its own on a socket that outlives them, and a kubelet's client. */
async function keptNode() {
  await using built = new AsyncDisposableStack();
  const root = built.use(temporaryRoot());
  const runtime = built.use(await startRuntime({ socket: join(root.path, "runtime.sock") }));
  const listen = join(root.path, "cri.sock");
  const keeper = spawn(
    process.execPath,
    [
      ...[join(import.meta.dirname, "testing/socket-keeper.ts"), listen],
      ...[process.execPath, join(import.meta.dirname, "../../cli/src/main.ts"), "gateway"],
      ...["--listen", listen, "--runtime-endpoint", runtime.socket],
      ...["--signature-policy", root.write("policy.json", acceptAnything)],
      ...["--evidence-dir", join(root.path, "evidence")],
    ],
    { stdio: ["ignore", "pipe", "inherit"], detached: true },
  );
  built.defer(() => void process.kill(-(keeper.pid as number), "SIGKILL"));
  const lines = createInterface({ input: keeper.stdout });
  let waiting: { readonly pattern: RegExp; readonly found: (line: string) => void }[] = [];
  lines.on("line", (line) => {
    waiting = waiting.filter(({ pattern, found }) => !pattern.test(line) || found(line));
  });
  const logged = (pattern: RegExp) => new Promise<string>((found) => waiting.push({ pattern, found }));
  const started = async () => {
    const [line] = await Promise.all([logged(/^pid \d+$/), logged(/"serving CRI"/)]);
    return Number(line.slice(4));
  };
  let pid = await started();
  const kubelet = built.use(connectCri(listen));
  const parts = built.move();
  return {
    ...{ runtime, kubelet, logged },
    /** Resolves when its successor serves. */
    async gatewayRestarts(signal: "SIGTERM" | "SIGKILL") {
      const next = started();
      process.kill(pid, signal);
      pid = await next;
    },
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

/** Callers that each repeat their call without pause. */
function startLoad(kubelet: CriClient) {
  const failures: unknown[] = [];
  let stopped = false;
  let awaited = { missing: new Set<number>(), reached: () => {} };
  const calls = [
    () => kubelet.version({}),
    () => kubelet.listContainers({}),
    () => kubelet.imageStatus({ image: { image: "registry.example/app:v1" } }),
    () => kubelet.status({}),
  ];
  const running = [...calls, ...calls].map(async (call, caller) => {
    while (!stopped) {
      const { missing, reached } = awaited;
      await call().catch((error: unknown) => failures.push(error));
      if (missing.delete(caller) && missing.size === 0) reached();
    }
  });
  return {
    /** Waits until each caller has had an answer to a call that began after this. */
    everyCallerAnswered: () =>
      new Promise<void>((reached) => {
        awaited = { missing: new Set(running.keys()), reached };
      }),
    async stop(): Promise<readonly unknown[]> {
      stopped = true;
      await Promise.all(running);
      return failures;
    },
  };
}
