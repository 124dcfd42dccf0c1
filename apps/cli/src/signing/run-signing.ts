import { formatReference, type ImageReference } from "@countersign/engine/values/image-reference";
import type { SignatureTask } from "@countersign/signing/signature-task";
import { exitCode, exitCodeOf } from "../exit-code.ts";
import { signingToJson } from "../render/signing-json.ts";
import { signingToText } from "../render/signing-text.ts";
import type { Terminal } from "../terminal.ts";
import type { ImageToSign } from "./image-to-sign.ts";
import { openWorkplace } from "./open-workplace.ts";
import { signImages } from "./sign-images.ts";
import type { SigningFlags } from "./signing-flags.ts";
import type { SigningReport } from "./signing-report.ts";

/**
 * Signs images by the flags, prints what became of each, and exits with the gravest.
 * @param tasks - what is to be signed of an image
 * @throws CountersignError USAGE, SIGNING_KEY_UNUSABLE: nothing was signed then
 */
export async function runSigning(
  images: readonly { readonly image: string; readonly reference: ImageReference }[],
  tasks: (image: ImageToSign) => readonly SignatureTask[],
  flags: SigningFlags,
  io: Terminal,
): Promise<void> {
  await using workplace = await openWorkplace(flags, io);
  const { signal, means, repositories } = workplace;
  const plan = { recursive: flags.recursive === true, tasks, means };
  for (const { image, reference } of images) {
    const told = beforehand(image, reference);
    if (told !== undefined) io.err(`${told}\n`);
  }
  const reports = await signImages(images, plan, repositories, io, signal);
  io.out(flags.output === "json" ? signingToJson(reports) : signingToText(reports, io.paint));
  io.exitWith(exitCodeFor(reports));
}

/** What may be another image than whoever typed the name thinks of. */
function beforehand(image: string, reference: ImageReference): string | undefined {
  const name = formatReference(reference);
  const isFull = image.replace(/^docker:\/\//, "") === name;
  const moved = reference.tag === undefined ? "" : "may be moved: what it leads to now is signed";
  if (isFull) return moved === "" ? undefined : `${image} ${moved}`;
  return `${image} is taken for ${name}${moved === "" ? "" : `, which ${moved}`}`;
}

function exitCodeFor(reports: readonly SigningReport[]): number {
  const codes = reports.map(({ failure }) =>
    failure === undefined ? exitCode.allowed : exitCodeOf(failure.code),
  );
  return Math.max(...codes);
}
