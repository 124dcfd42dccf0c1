import { performance } from "node:perf_hooks";
import type { Warning } from "@countersign/engine/verify/warnings";
import { verifierFlagsHelp } from "@countersign/gateway/image-verifier/verifier-flags";
import {
  type VerifierAnswer,
  verifyForContainerd,
} from "@countersign/gateway/image-verifier/verify-for-containerd";
import { systemTiming } from "@countersign/sources/timing";
import { exitCode, exitCodeOf } from "../exit-code.ts";
import { printable } from "../render/printable.ts";
import type { Terminal } from "../terminal.ts";
import { environmentOf } from "../user-environment.ts";

/** In characters; containerd takes 32 KiB, and an event in Kubernetes has room for a thousand bytes. */
const maxReason = 2000;

/**
 * `countersign image-verifier`: answers containerd's question whether an image may be pulled, with the reason on standard
 * output, which the pod's event will show, and 0 for yes. Whatever goes wrong is a no: only an answer sets the exit code
 * to 0.
 */
export async function imageVerifier(
  argv: readonly string[],
  io: Terminal,
  input: AsyncIterable<Uint8Array> = process.stdin,
): Promise<void> {
  if (argv.length === 1 && (argv[0] === "--help" || argv[0] === "-h")) return io.out(help());
  io.exitWith(exitCode.undecided);
  const answer = await verifyForContainerd(argv, {
    environment: environmentOf(io),
    processor: process.arch,
    input,
    clock: Date,
    timing: systemTiming,
    elapsed: () => performance.now(),
  });
  const code = codeOf(answer);
  if (code !== undefined) io.err(`countersign: ${code}\n`);
  io.out(`${reasonOf(answer)}\n`);
  io.exitWith(exitCodeFor(answer));
  io.end();
}

function codeOf(answer: VerifierAnswer): string | undefined {
  if (answer.decision !== "allowed") return `${answer.decision} ${answer.code}`;
  const [warning] = answer.warnings;
  return warning && `warned ${warning.code}`;
}

function reasonOf(answer: VerifierAnswer): string {
  const reason = printable(answer.decision === "allowed" ? allowedText(answer.warnings) : answer.message);
  return reason.length <= maxReason ? reason : `${reason.slice(0, maxReason - 1)}…`;
}

function allowedText([warning]: readonly Warning[]): string {
  const text = "the signature policy allows it";
  return warning === undefined ? text : `${text}, and warns: ${warning.reason}`;
}

function exitCodeFor(answer: VerifierAnswer): number {
  switch (answer.decision) {
    case "allowed":
      return exitCode.allowed;
    case "denied":
      return exitCode.denied;
    case "undecided":
      return exitCodeOf(answer.code);
  }
}

function help(): string {
  return `Usage: countersign image-verifier [flags] -name REFERENCE -digest DIGEST -stdin-media-type TYPE

A verifier for containerd 2.x, plugin io.containerd.image-verifier.v1.bindir: says whether an image may be pulled, by
the global policy alone. containerd gives the last three arguments and a descriptor on standard input; the flags are
yours, in an executable file in containerd's bin_dir:

  #!/bin/sh
  exec /usr/local/bin/countersign image-verifier --signature-policy /etc/containers/policy.json "$@"

Flags:
${verifierFlagsHelp()}
`;
}
