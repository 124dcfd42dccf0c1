import type { Looked, NodeFiles } from "../node/node-files.ts";

/** The directory in which the gateway keeps what images were verified by. */
export interface EvidenceState {
  readonly directory: string;
  readonly looked: Looked;
  readonly files: number;
  readonly bytes: number;
  /** on a file system that nobody can write to */
  readonly isReadOnly: boolean;
}

/** Beyond this the answer is known: far too many. */
const maxFiles = 100_000;

export async function evidenceState(
  directory: string,
  files: NodeFiles,
  isReadOnly: boolean,
): Promise<EvidenceState> {
  const looked = await files.look(directory);
  const usage = { files: 0, bytes: 0 };
  const folders = looked.type === "found" ? await files.list(directory) : looked;
  for (const folder of folders.type === "listed" ? folders.names : []) {
    const inside = await files.list(`${directory}/${folder}`);
    for (const name of inside.type === "listed" ? inside.names : []) {
      if (usage.files >= maxFiles) break;
      const file = await files.look(`${directory}/${folder}/${name}`);
      usage.files += 1;
      usage.bytes += file.type === "found" ? file.file.size : 0;
    }
  }
  return { directory, looked, ...usage, isReadOnly };
}
