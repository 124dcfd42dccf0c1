import { certificateWork } from "@countersign/engine/signature/certificate-work";
import { verifyBundle as verify } from "@countersign/engine/signature/sigstore/verify-bundle";
import { CountersignError } from "@countersign/engine/values/error";
import type { BundleFlags } from "../bundle/bundle-flags.ts";
import { bundleQuestion } from "../bundle/bundle-question.ts";
import type { BundleReport } from "../bundle/bundle-report.ts";
import { readNamedFile } from "../bundle/named-file.ts";
import { exitCode, exitCodeOf } from "../exit-code.ts";
import { bundleToJson } from "../render/bundle-json.ts";
import { bundleToText } from "../render/bundle-text.ts";
import type { Terminal } from "../terminal.ts";

/** As much as the engine reads. */
const maxBundleSize = 32 * 1024 * 1024;

/**
 * `countersign verify-bundle`: whether a sigstore bundle vouches for a file or digest. Its first flags are those that
 * sigstore-conformance gives a client. Exits 0 if it does, 1 if not, 2 or 3 if that could not be asked.
 */
export async function verifyBundle(artifact: string, flags: BundleFlags, io: Terminal): Promise<void> {
  const report = await askBundle(artifact, flags, io);
  io.out(flags.output === "json" ? bundleToJson(report) : bundleToText(report, io.paint));
  io.exitWith(exitCodeFor(report));
}

async function askBundle(artifact: string, flags: BundleFlags, io: Terminal): Promise<BundleReport> {
  const asked = { bundle: flags.bundle, artifact };
  try {
    const question = await bundleQuestion(artifact, flags, io.environment, Math.floor(Date.now() / 1000));
    const bundle = await readNamedFile(flags.bundle, maxBundleSize, "--bundle");
    return { ...asked, decision: "verified", ...verify(bundle, question, certificateWork()) };
  } catch (caught) {
    const { code, message: told } = CountersignError.from(caught);
    const message = told.replace(/^bundle: /, `${flags.bundle} cannot be read as a sigstore bundle: `);
    return { ...asked, decision: code === "SIGNATURE_INVALID" ? "refused" : "undecided", code, message };
  }
}

function exitCodeFor(report: BundleReport): number {
  switch (report.decision) {
    case "verified":
      return exitCode.allowed;
    case "refused":
      return exitCode.denied;
    case "undecided":
      return exitCodeOf(report.code);
  }
}
