import { couldNotLook, type Observation, ok, problem, warning } from "../finding.ts";
import type { NodeFacts } from "../node-facts.ts";

const mebibyte = 1024 * 1024;

/** Whether the gateway can keep what images were verified by. */
export function checkEvidence({
  gateway: { config },
  evidence,
}: Pick<NodeFacts, "gateway" | "evidence">): readonly Observation[] {
  if (config === undefined) return [];
  const { directory, looked, files, bytes, isReadOnly } = evidence;
  const why =
    "What is not kept is asked of the registry again when a container is made, and refused while the registry is away.";
  if (looked.type === "barred") return [couldNotLook(`${looked.why}.`, "What is kept there is not known.")];
  if (isReadOnly) {
    return [
      problem(
        `${directory} is on a file system that is mounted read-only.`,
        why,
        "name another directory by --evidence-dir",
      ),
    ];
  }
  if (looked.type === "missing") return [ok(`Nothing is kept in ${directory} yet.`)];
  const { kind, mode, uid } = looked.file;
  if (kind !== "directory") return [problem(`${directory} is not a directory.`, why, "remove what is there")];
  if (uid !== 0 || (mode & 0o022) !== 0) {
    return [
      warning(
        `Others than root can write to ${directory}.`,
        `The gateway keeps nothing there, for its folders may lead elsewhere. ${why}`,
        `rm -r ${directory}, and the gateway makes it anew; or chown 0 ${directory}; chmod go-w ${directory}`,
      ),
    ];
  }
  const size = `${Math.ceil(bytes / mebibyte)} MiB in ${files} ${files === 1 ? "file" : "files"}`;
  if (bytes > config.evidenceSize * 1.5) {
    return [
      warning(
        `${directory} holds ${size}, more than the ${config.evidenceSize / mebibyte} MiB it may.`,
        "The gateway does not tidy it up: it does not run, or another program writes there.",
        "look into the gateway's log",
      ),
    ];
  }
  return [ok(`${directory} holds ${size}.`)];
}
