import type { SocketAccess } from "../facts/socket-access.ts";
import { couldNotLook, type Observation, ok, problem, warning } from "../finding.ts";
import type { NodeFile } from "../node/node-files.ts";
import type { NodeFacts } from "../node-facts.ts";

/** Whether anybody but root can open the runtime's socket, and so go past the gateway. */
export function checkRuntimeSocket({
  runtimeSockets,
  isLive,
}: Pick<NodeFacts, "runtimeSockets" | "isLive">): readonly Observation[] {
  const consequence =
    "Whoever opens it pulls and starts what they like, past the gateway, and is as good as root.";
  return runtimeSockets.flatMap((access) => judgeAccess(access, isLive, consequence));
}

/** Whether anybody but root can open the gateway's socket. */
export function checkGatewaySocket({
  gateway: { config },
  gatewaySocket,
  isLive,
}: Pick<NodeFacts, "gateway" | "gatewaySocket" | "isLive">): readonly Observation[] {
  if (config === undefined) return [];
  const consequence =
    "It serves all of CRI: whoever opens it runs commands in every pod, and is as good as root, with verified images.";
  return judgeAccess(gatewaySocket, isLive, consequence);
}

const bits = { write: 0o2, search: 0o1 } as const;
const maxNames = 5;

/** To connect takes the right to write to the socket, and to search every directory above it (unix(7)). */
function judgeAccess(
  { path, socket, directories, members }: SocketAccess,
  isLive: boolean,
  consequence: string,
): readonly Observation[] {
  if (socket.type === "barred")
    return [couldNotLook(`${socket.why}.`, "Who can open that socket is not known.")];
  if (socket.type === "missing") {
    const found = `There is no ${path}.`;
    return isLive ? [problem(found, "Nothing serves it.", "start the program that does")] : [];
  }
  const { file } = socket;
  if (file.kind !== "socket") {
    return [
      problem(
        `${path} is not a socket.`,
        "Nothing can serve it there.",
        "find out what made it, and remove it",
      ),
    ];
  }
  const remedy = `chmod 0600 ${path}, and 0700 its directory; containerd and CRI-O take the socket's owner from their configuration`;
  const mode = file.mode.toString(8).padStart(4, "0");
  if (mayOthers(file, bits.write) && directories.every((one) => mayOthers(one, bits.search))) {
    return [problem(`Everybody on the node can open ${path} (mode ${mode}).`, consequence, remedy)];
  }
  const observations: Observation[] = [];
  if (file.uid !== 0) {
    observations.push(problem(`${path} belongs to user ${file.uid}.`, consequence, `chown 0 ${path}`));
  }
  const group = (one: NodeFile) =>
    mayOthers(one, bits.search) || (one.gid === file.gid && mayGroup(one, bits.search));
  if (file.gid !== 0 && mayGroup(file, bits.write) && directories.every(group)) {
    const named = members.slice(0, maxNames).join(", ") + (members.length > maxNames ? ", …" : "");
    const who = members.length === 0 ? "nobody is seen in it" : named;
    observations.push(
      warning(
        `Group ${file.gid} can open ${path} (mode ${mode}): ${who}.`,
        consequence,
        `${remedy}; else keep the group empty`,
      ),
    );
  }
  return observations.length > 0 ? observations : [ok(`Only root can open ${path} (mode ${mode}).`)];
}

function mayOthers({ mode }: NodeFile, bit: number): boolean {
  return (mode & bit) !== 0;
}

function mayGroup({ mode }: NodeFile, bit: number): boolean {
  return (mode & (bit << 3)) !== 0;
}
