import { type Looked, type NodeFile, type NodeFiles, readText } from "../node/node-files.ts";
import type { NodeProcess } from "../node/processes.ts";

/** A socket, and all that decides who may open it. */
export interface SocketAccess {
  /** as it was named */
  readonly path: string;
  readonly socket: Looked;
  /** from the root down to the one it is in */
  readonly directories: readonly NodeFile[];
  /** who belongs to the socket's group, root left out: users by name, and processes that run with it */
  readonly members: readonly string[];
}

const maxFileSize = 1024 * 1024;

export async function socketAccess(
  path: string,
  files: NodeFiles,
  processes: readonly NodeProcess[],
): Promise<SocketAccess> {
  const socket = await files.look(path);
  if (socket.type !== "found") return { path, socket, directories: [], members: [] };
  const { gid } = socket.file;
  return {
    path,
    socket,
    directories: await directoriesAbove(socket.file.path, files),
    members: gid === 0 ? [] : [...(await usersOf(gid, files)), ...processesOf(gid, processes)],
  };
}

async function directoriesAbove(path: string, files: NodeFiles): Promise<readonly NodeFile[]> {
  const elements = path.split("/").slice(1, -1);
  const paths = ["/", ...elements.map((_, at) => `/${elements.slice(0, at + 1).join("/")}`)];
  const looked = await Promise.all(paths.map((directory) => files.look(directory)));
  return looked.flatMap((one) => (one.type === "found" ? [one.file] : []));
}

/** Source: group(5), passwd(5). */
async function usersOf(gid: number, files: NodeFiles): Promise<readonly string[]> {
  const groups = await lines("/etc/group", files);
  const users = await lines("/etc/passwd", files);
  const named = groups
    .filter(([, , id]) => id === String(gid))
    .flatMap(([, , , list = ""]) => list.split(","));
  const primary = users.filter(([, , , id]) => id === String(gid)).map(([name = ""]) => name);
  return [...new Set([...named, ...primary])].filter((name) => name !== "" && name !== "root");
}

async function lines(path: string, files: NodeFiles): Promise<readonly (readonly string[])[]> {
  const text = await readText(files, path, maxFileSize);
  return text.type === "read" ? text.text.split("\n").map((line) => line.split(":")) : [];
}

function processesOf(gid: number, processes: readonly NodeProcess[]): readonly string[] {
  const running = processes.filter(({ uid, gids }) => uid !== 0 && gids.includes(gid));
  return running.map(({ name, pid }) => `${name} (process ${pid})`);
}
