import type { NodeFiles } from "../node/node-files.ts";
import { type NodeProcess, processesNamed } from "../node/processes.ts";
import { flagOf } from "./containerd-setup.ts";
import { matching, readTomlDocuments, textIn } from "./toml-documents.ts";

/** What CRI-O is told that matters to what it pulls. */
export interface CrioSetup {
  readonly isThere: boolean;
  readonly files: readonly string[];
  readonly barred: readonly string[];
  /** undefined: CRI-O's own, which it names by a tag */
  readonly pauseImage: string | undefined;
  /** undefined: the system's policy.json */
  readonly signaturePolicy: string | undefined;
  readonly signaturePolicyDir: string;
}

const mainFile = "/etc/crio/crio.conf";
const dropIns = "/etc/crio/crio.conf.d/*";
const socket = "/run/crio/crio.sock";

/** Source: cri-o docs/crio.conf.5.md, pkg/config. */
export async function crioSetup(files: NodeFiles, processes: readonly NodeProcess[]): Promise<CrioSetup> {
  const running = processesNamed(processes, "crio").at(0);
  const main = flagOf(running?.argv ?? [], "--config", "-c") ?? mainFile;
  const first = [main, ...(await matching(dropIns, files))];
  const documents = await readTomlDocuments(first, () => [], files);
  const image = ["crio", "image"];
  return {
    isThere:
      running !== undefined || documents.files.length > 0 || (await files.look(socket)).type === "found",
    files: documents.files,
    barred: documents.barred,
    pauseImage: textIn(documents, ...image, "pause_image"),
    signaturePolicy: textIn(documents, ...image, "signature_policy"),
    signaturePolicyDir: textIn(documents, ...image, "signature_policy_dir") ?? "/etc/crio/policies",
  };
}
