import { basename } from "node:path";
import { type NodeFiles, readText } from "./node-files.ts";

/** A process of the node's own, not of a container's. */
export interface NodeProcess {
  readonly pid: number;
  /** effective */
  readonly uid: number;
  /** primary and supplementary groups */
  readonly gids: readonly number[];
  /** empty for threads of the kernel */
  readonly argv: readonly string[];
  /** as the kernel has it, at most fifteen characters */
  readonly name: string;
  /** which file system it sees; undefined where this user may not know */
  readonly mountNamespace: string | undefined;
}

/** As much as Linux keeps of arguments by default would be 2 MiB; nobody has that many. */
const maxArguments = 256 * 1024;
const maxStatus = 64 * 1024;

/** Every process there is, in the order of their numbers; one that ends meanwhile is left out. Empty without /proc. */
export async function readProcesses(files: NodeFiles): Promise<readonly NodeProcess[]> {
  const listing = await files.list("/proc");
  if (listing.type !== "listed") return [];
  const pids = listing.names.filter((name) => /^[1-9][0-9]*$/.test(name)).map(Number);
  const processes: NodeProcess[] = [];
  for (const pid of pids.sort((a, b) => a - b)) {
    const process = await readProcess(pid, files);
    if (process !== undefined) processes.push(process);
  }
  return processes;
}

async function readProcess(pid: number, files: NodeFiles): Promise<NodeProcess | undefined> {
  const status = await readText(files, `/proc/${pid}/status`, maxStatus);
  const argv = await readText(files, `/proc/${pid}/cmdline`, maxArguments);
  if (status.type !== "read") return undefined;
  const numbers = (field: string): readonly number[] =>
    (new RegExp(`^${field}:(.*)$`, "m").exec(status.text)?.[1] ?? "").match(/\d+/g)?.map(Number) ?? [];
  return {
    pid,
    uid: numbers("Uid")[1] ?? -1,
    gids: [...new Set([...numbers("Gid").slice(1, 2), ...numbers("Groups")])],
    argv: argv.type === "read" && argv.text !== "" ? argv.text.replace(/\0$/, "").split("\0") : [],
    name: /^Name:\t(.*)$/m.exec(status.text)?.[1] ?? "",
    mountNamespace: await files.linkText(`/proc/${pid}/ns/mnt`),
  };
}

/**
 * Whether it belongs to the node itself: root's, and not inside a container. Anybody can call a process `kubelet`; what
 * such a one says of itself must not be taken for the node's configuration.
 */
export function isOfTheNode(process: NodeProcess, all: readonly NodeProcess[]): boolean {
  const first = all.find(({ pid }) => pid === 1)?.mountNamespace;
  return process.uid === 0 && (first === undefined || process.mountNamespace === first);
}

/** The node's own processes that were started by this name. */
export function processesNamed(
  all: readonly NodeProcess[],
  ...names: readonly string[]
): readonly NodeProcess[] {
  return all
    .filter(({ argv: [program = ""] }) => names.includes(basename(program)))
    .filter((process) => isOfTheNode(process, all));
}
