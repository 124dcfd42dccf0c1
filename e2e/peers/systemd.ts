import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { countersign } from "./gateway.ts";
import { inNewerSuite } from "./programs.ts";
import { makeScratch } from "./scratch.ts";

/** A machine whose first process is systemd, with the units of deploy/systemd and nothing else to do. */
export interface SystemdMachine {
  /** where its runtime is to listen */
  readonly runtimeSocket: string;
  /** its /var/lib/countersign */
  readonly stateDirectory: string;
  /** where its gateway serves */
  readonly socket: string;
  systemctl(...args: readonly string[]): Promise<string>;
  /** Runs another program of that systemd on the machine. Gives all that it printed. */
  run(program: string, ...args: readonly string[]): Promise<string>;
  /** Lays a drop-in over the gateway's unit; the next start counts. */
  override(directives: string): Promise<void>;
  close(): Promise<void>;
}

export const deployedUnits: string = fileURLToPath(new URL("../../deploy/systemd", import.meta.url));
const mountPoint = "/etc/countersign";
const script = fileURLToPath(new URL("systemd.sh", import.meta.url));
const execute = promisify(execFile);

/** @param files - what lies in /etc/countersign beside the flags, which name them */
export async function startSystemdMachine(
  files: Readonly<Record<"policy.json" | "registries.conf" | "registries.d/all.yaml", string>>,
): Promise<SystemdMachine> {
  await using starting = new AsyncDisposableStack();
  const scratch = await makeScratch("systemd");
  starting.defer(() => scratch.remove());
  await configure(join(scratch.path, "etc"), files);

  // A place to mount on; what was there before stays.
  await mkdir(mountPoint, { recursive: true });
  starting.defer(() => rmdir(mountPoint).catch(() => undefined));
  const keeper = spawn(
    "setpriv",
    [
      // A test process that is killed must not leave a machine behind.
      ...["--pdeathsig", "KILL", "unshare"],
      ...[
        "--mount",
        "--propagation",
        "private",
        "--pid",
        "--fork",
        "--kill-child=KILL",
        "--mount-proc",
        "--cgroup",
      ],
      ...[inNewerSuite, "bash", script, scratch.path, deployedUnits, countersign],
    ],
    { stdio: ["ignore", "ignore", "inherit"] },
  );
  const ended = once(keeper, "exit");
  starting.defer(async () => {
    keeper.kill("SIGKILL");
    await ended;
  });
  const children = `/proc/${keeper.pid}/task/${keeper.pid}/children`;
  const first = async () => (await readFile(children, "utf8")).trim();
  const onMachine = async (program: string, ...args: readonly string[]) => {
    const ran = await execute("nsenter", ["-t", await first(), "-m", "-p", "--", program, ...args]);
    return ran.stdout + ran.stderr;
  };
  const isUp = () =>
    onMachine("systemctl", "is-active", "sockets.target").then(
      () => true,
      () => false,
    );
  while (!(await isUp())) await delay(50);

  const started = starting.move();
  return {
    runtimeSocket: join(scratch.path, "node/runtime.sock"),
    stateDirectory: join(scratch.path, "state"),
    socket: join(scratch.path, "countersign/cri.sock"),
    systemctl: (...args) => onMachine("systemctl", ...args),
    run: onMachine,
    async override(directives) {
      const directory = join(scratch.path, "system/countersign-gateway@.service.d");
      await mkdir(directory, { recursive: true });
      await writeFile(join(directory, "override.conf"), directives);
      await onMachine("systemctl", "daemon-reload");
    },
    close: () => started.disposeAsync(),
  };
}

async function configure(etc: string, files: Readonly<Record<string, string>>): Promise<void> {
  await mkdir(join(etc, "registries.d"), { recursive: true });
  for (const [name, text] of Object.entries(files)) await writeFile(join(etc, name), text);
  const flags = [
    ...["--runtime-endpoint", "/run/node/runtime.sock"],
    ...["--signature-policy", "/etc/countersign/policy.json"],
    ...["--signature-policy-dir", "/etc/countersign/policies"],
    ...["--registries-conf", "/etc/countersign/registries.conf"],
    ...["--registries-d", "/etc/countersign/registries.d"],
  ];
  await writeFile(join(etc, "gateway.env"), `COUNTERSIGN_FLAGS=${flags.join(" ")}\n`);
}
