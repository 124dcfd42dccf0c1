import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { CountersignError } from "@countersign/engine/values/error";
import { examineNode } from "@countersign/gateway/doctor/examine-node";
import type { Finding } from "@countersign/gateway/doctor/finding";
import { filesBelow } from "@countersign/gateway/doctor/node/files-below";
import { thisNode } from "@countersign/gateway/doctor/node/this-node";
import { exitCode } from "../exit-code.ts";
import { doctorToJson } from "../render/doctor-json.ts";
import { doctorToText } from "../render/doctor-text.ts";
import type { Terminal } from "../terminal.ts";

/** The flags of doctor as they were typed. */
export interface DoctorFlags {
  readonly root?: string;
  readonly output: "text" | "json";
}

/**
 * `countersign doctor`: whether images can come past the gateway on this node, and whether it does what it is there for.
 * Exits 1 if there is a problem, 3 if there is none and something could not be looked at. Changes nothing.
 * @throws CountersignError USAGE
 */
export async function doctor({ root, output }: DoctorFlags, io: Terminal): Promise<void> {
  if (root !== undefined) await requireDirectory(root);
  const files = filesBelow(resolve(root ?? "/"));
  const live = root === undefined ? thisNode(files) : undefined;
  const findings = await examineNode({ files, live, clock: Date });
  io.out(output === "json" ? doctorToJson(findings) : doctorToText(findings, io.paint));
  io.exitWith(exitCodeFor(findings));
}

async function requireDirectory(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory()) return;
  throw new CountersignError("USAGE", `--root ${JSON.stringify(path)}: there is no such directory`);
}

function exitCodeFor(findings: readonly Finding[]): number {
  if (findings.some(({ status }) => status === "problem")) return exitCode.denied;
  return findings.some(({ status }) => status === "unknown") ? exitCode.undecided : exitCode.allowed;
}
