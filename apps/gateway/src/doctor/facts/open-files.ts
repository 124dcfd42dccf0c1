import { type NodeFiles, readText } from "../node/node-files.ts";

const maxSize = 64 * 1024;

/** How many files a process may have open at once; undefined when that cannot be read. Source: proc_pid_limits(5). */
export async function openFilesLimit(pid: number, files: NodeFiles): Promise<number | undefined> {
  const limits = await readText(files, `/proc/${pid}/limits`, maxSize);
  const [, soft] = (limits.type === "read" && /^Max open files +(\d+|unlimited)/m.exec(limits.text)) || [];
  if (soft === undefined) return undefined;
  return soft === "unlimited" ? Number.POSITIVE_INFINITY : Number(soft);
}
