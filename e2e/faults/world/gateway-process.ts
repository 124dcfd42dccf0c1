import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, writeFileSync } from "node:fs";
import { createConnection } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { environment } from "../../peers/own-environment.ts";
import { type LogLine, LogReader } from "./log-reader.ts";
import { figuresOf, type ProcessFigures } from "./process-figures.ts";

/** A gateway in a process of its own, with somebody who starts it again whenever it ends, as systemd does. */
export interface GatewayProcess {
  readonly socket: string;
  /** Kills it; it is started again at once. Resolves when it serves. */
  kill(): Promise<void>;
  /** Ends it as an administrator does; it is started again when it has ended. Resolves when it serves. */
  restart(): Promise<void>;
  /** Sets its wall clock wrong by so many milliseconds; 0 sets it right. */
  skewClock(milliseconds: number): void;
  /** undefined at moments when it does not run */
  figures(): ProcessFigures | undefined;
  /** the most memory it was seen to take since the last call */
  takePeakMegabytes(): number;
  /** how often it ended since the last call although nobody had ended it */
  takeCrashes(): number;
  /** what it has logged since the last call */
  takeLog(): readonly LogLine[];
  /** Its metrics, by name and labels; empty if it serves none, undefined while it does not answer, as when it just ended. */
  metrics(): Promise<ReadonlyMap<string, number> | undefined>;
  close(): Promise<void>;
}

const preload = fileURLToPath(new URL("skewed-clock.ts", import.meta.url));
const sampleEvery = 50;
/** Milliseconds until it must serve: a busy machine takes half a minute to load one that is not bundled. */
const startPatience = 120_000;
/** milliseconds */
const metricsPatience = 5_000;

/** @param command the program and its arguments; it has to serve on `socket` */
export async function startGatewayProcess(
  directory: string,
  socket: string,
  command: readonly [string, ...string[]],
): Promise<GatewayProcess> {
  const skewFile = join(directory, "skew");
  const logFile = join(directory, "gateway.log");
  const log = openSync(logFile, "a");
  const reader = new LogReader(logFile);
  const logged: LogLine[] = [];
  let child: ChildProcess;
  let isWanted = true;
  let endings = 0;
  let crashes = 0;
  let peak = 0;
  let metricsAddress: string | undefined;

  function launch(): void {
    const [program, ...args] = command;
    child = spawn(program, args, {
      stdio: ["ignore", log, log],
      env: { ...environment, COUNTERSIGN_SKEW: skewFile, NODE_OPTIONS: `--import=${preload}` },
    });
    child.once("exit", () => {
      if (endings > 0) endings--;
      else crashes++;
      if (isWanted) launch();
    });
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    const ended = once(child, "exit");
    endings++;
    child.kill(signal);
    await ended;
  }

  async function serving(): Promise<void> {
    const deadline = AbortSignal.timeout(startPatience);
    while (!(await accepts(socket))) {
      if (deadline.aborted) throw new Error(`the gateway does not serve: ${reader.tail()}`);
      await delay(5);
    }
  }

  function readLog(): void {
    for (const line of reader.more()) {
      logged.push(line);
      if (typeof line["metrics"] === "string") metricsAddress = line["metrics"];
    }
  }

  async function close(): Promise<void> {
    isWanted = false;
    await end("SIGKILL");
    closeSync(log);
  }

  writeFileSync(skewFile, "0");
  launch();
  try {
    await serving();
  } catch (error) {
    await close(); // nobody else would: there is no gateway yet as far as our caller knows
    throw error;
  }
  const sampling = setInterval(() => {
    peak = Math.max(peak, figuresOf(child.pid ?? 0)?.megabytes ?? 0);
  }, sampleEvery);
  sampling.unref();

  return {
    socket,
    async kill() {
      await end("SIGKILL");
      await serving();
    },
    async restart() {
      await end("SIGTERM");
      await serving();
    },
    skewClock(milliseconds) {
      writeFileSync(skewFile, String(milliseconds));
      child.kill("SIGUSR2");
    },
    figures: () => figuresOf(child.pid ?? 0),
    takePeakMegabytes() {
      const seen = peak;
      peak = 0;
      return seen;
    },
    takeCrashes() {
      const seen = crashes;
      crashes = 0;
      return seen;
    },
    takeLog() {
      readLog();
      return logged.splice(0);
    },
    async metrics() {
      readLog();
      if (metricsAddress === undefined) return new Map();
      const text = await textAt(metricsAddress);
      if (text === undefined) return undefined;
      const lines = text.matchAll(/^([a-z_]+(?:\{[^}]*\})?) (\S+)$/gm);
      return new Map([...lines].map(([, name = "", value]) => [name, Number(value)]));
    },
    async close() {
      clearInterval(sampling);
      await close();
    },
  };
}

async function textAt(address: string): Promise<string | undefined> {
  try {
    return await (await fetch(address, { signal: AbortSignal.timeout(metricsPatience) })).text();
  } catch {
    return undefined;
  }
}

function accepts(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ path });
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
