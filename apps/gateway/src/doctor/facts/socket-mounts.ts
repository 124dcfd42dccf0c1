import { type NodeFiles, readText } from "../node/node-files.ts";
import type { NodeProcess } from "../node/processes.ts";

/** A mount, as one process sees it. Source: proc_pid_mountinfo(5). */
export interface Mount {
  /** major:minor of the file system */
  readonly device: string;
  /** what of the file system is mounted */
  readonly root: string;
  readonly mountPoint: string;
}

/** A container that can reach a socket of the node's through a mount. */
export interface ExposedSocket {
  readonly process: string;
  readonly mountPoint: string;
}

const maxMountTable = 8 * 1024 * 1024;
/** One for each container, and a node runs a few hundred. */
const maxNamespaces = 5000;

/**
 * Finds the containers that have a directory or file mounted by which they reach `path`: a pod with a hostPath volume of
 * `/run`, say. Services with a view of their own of the node's file system (PrivateTmp= and the like) are no containers.
 * @param path free of symbolic links
 */
export async function containersReaching(
  path: string,
  files: NodeFiles,
  processes: readonly NodeProcess[],
): Promise<readonly ExposedSocket[]> {
  const own = processes.find(({ pid }) => pid === 1);
  const host = own === undefined ? undefined : await readMounts(own.pid, files);
  if (host === undefined) return [];
  const namespaces = new Map<string, NodeProcess>();
  for (const process of processes) {
    const { mountNamespace: space } = process;
    if (space === undefined || space === own?.mountNamespace || namespaces.size >= maxNamespaces) continue;
    if (!namespaces.has(space)) namespaces.set(space, process);
  }
  const exposed: ExposedSocket[] = [];
  for (const { pid, name } of namespaces.values()) {
    const mountPoint = wayTo(path, host, (await readMounts(pid, files)) ?? []);
    if (mountPoint !== undefined) exposed.push({ process: `${name} (process ${pid})`, mountPoint });
  }
  return exposed;
}

/** The mount by which a container reaches a path of the host's; undefined when there is none. */
export function wayTo(path: string, host: readonly Mount[], container: readonly Mount[]): string | undefined {
  const root = (mounts: readonly Mount[]) => mounts.findLast(({ mountPoint }) => mountPoint === "/");
  const [hostRoot, containerRoot] = [root(host), root(container)];
  if (hostRoot?.device === containerRoot?.device && hostRoot?.root === containerRoot?.root) return undefined;
  const holding = host
    .filter(({ mountPoint }) => isWithin(path, mountPoint))
    .reduce<Mount | undefined>(
      (best, one) => (one.mountPoint.length >= (best?.mountPoint.length ?? 0) ? one : best),
      undefined,
    );
  if (holding === undefined) return undefined;
  const inside = joined(holding.root, path.slice(holding.mountPoint === "/" ? 0 : holding.mountPoint.length));
  return container.find((one) => one.device === holding.device && isWithin(inside, one.root))?.mountPoint;
}

function isWithin(path: string, directory: string): boolean {
  return directory === "/" || path === directory || path.startsWith(`${directory}/`);
}

function joined(root: string, rest: string): string {
  return root === "/" ? rest || "/" : root + rest;
}

async function readMounts(pid: number, files: NodeFiles): Promise<readonly Mount[] | undefined> {
  const text = await readText(files, `/proc/${pid}/mountinfo`, maxMountTable);
  return text.type === "read" ? parseMounts(text.text) : undefined;
}

export function parseMounts(text: string): readonly Mount[] {
  return text.split("\n").flatMap((line) => {
    const [, , device, root, mountPoint] = line.split(" ");
    if (device === undefined || root === undefined || mountPoint === undefined) return [];
    return [{ device, root: unescaped(root), mountPoint: unescaped(mountPoint) }];
  });
}

/** Blanks, line ends and backslashes stand as three octal digits. */
function unescaped(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}
