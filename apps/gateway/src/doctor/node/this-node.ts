import { execFile } from "node:child_process";
import { access, constants } from "node:fs/promises";
import { promisify } from "node:util";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { VersionRequestSchema, VersionResponseSchema } from "@countersign/sources/cri/generated/cri_pb";
import type { RuntimeClient } from "../../gate.ts";
import { openRuntime } from "../../runtime/runtime-client.ts";
import type { RuntimeEndpoint } from "../../runtime/runtime-endpoint.ts";
import type { LiveNode, VersionAnswer } from "./live-node.ts";
import type { NodeFiles } from "./node-files.ts";

/** A socket that answers at all answers at once. */
const usualPatience = 5000;
const maxOutput = 64 * 1024;

const execute = promisify(execFile);

/** The node that this process runs on. @param patience milliseconds to wait for a socket or a program */
export function thisNode(files: NodeFiles, patience = usualPatience): LiveNode {
  return {
    version: (endpoint) => askVersion(endpoint, patience),

    async programVersion(pid) {
      const program = await rootsOwnProgram(pid, files);
      if (program === undefined) return undefined;
      try {
        const { stdout } = await execute(program, ["--version"], {
          timeout: patience,
          maxBuffer: maxOutput,
          env: {},
          cwd: "/",
          killSignal: "SIGKILL",
        });
        return stdout.split("\n", 1)[0];
      } catch {
        return undefined;
      }
    },

    isReadOnly: (path) =>
      access(path, constants.W_OK).then(
        () => false,
        (error: NodeJS.ErrnoException) => error.code === "EROFS",
      ),
  };
}

const versionPath = "/runtime.v1.RuntimeService/Version";

async function askVersion(endpoint: RuntimeEndpoint, patience: number): Promise<VersionAnswer> {
  const runtime = openRuntime(endpoint);
  const deadline = new AbortController();
  const { promise: late, resolve } = Promise.withResolvers<VersionAnswer>();
  // A timer of its own, since it keeps the process alive meanwhile: neither a connection to a runtime does, nor
  // AbortSignal.timeout. And not by the signal alone: what accepts a connection may never speak HTTP/2 on it.
  const timer = setTimeout(() => {
    deadline.abort();
    resolve({ type: "failed", why: `no answer within ${patience / 1000} seconds` });
  }, patience);
  try {
    return await Promise.race([versionFrom(runtime, deadline.signal), late]);
  } finally {
    clearTimeout(timer);
    runtime.close();
  }
}

async function versionFrom(runtime: RuntimeClient, signal: AbortSignal): Promise<VersionAnswer> {
  const request = toBinary(VersionRequestSchema, create(VersionRequestSchema));
  const answer = await runtime.unary(versionPath, request, [], signal);
  if (answer.type === "status") return { type: "failed", why: answer.status.message };
  try {
    const { runtimeName, runtimeVersion } = fromBinary(VersionResponseSchema, answer.message);
    return { type: "answered", runtime: `${runtimeName} ${runtimeVersion}` };
  } catch {
    return { type: "failed", why: "what it answers is not CRI's" };
  }
}

/**
 * The file that a process was started from, if root alone can change it: running one that others may change would be
 * running theirs, as root. It is run by its path on this node, whatever file system the process itself sees.
 */
async function rootsOwnProgram(pid: number, files: NodeFiles): Promise<string | undefined> {
  const link = await files.linkText(`/proc/${pid}/exe`);
  const looked = link === undefined ? undefined : await files.look(link);
  if (looked?.type !== "found") return undefined;
  const { kind, uid, mode, path } = looked.file;
  return kind === "file" && uid === 0 && (mode & 0o022) === 0 ? path : undefined;
}
