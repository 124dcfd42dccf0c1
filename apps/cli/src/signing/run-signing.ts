import { formatReference, type ImageReference } from "@countersign/engine/values/image-reference";
import type { SignatureTask } from "@countersign/signing/signature-task";
import { openRepositories } from "@countersign/sources/open-repositories";
import { parseTimeout } from "../commands/image-flags.ts";
import { sourcesConfig } from "../commands/sources-config.ts";
import { exitCode, exitCodeOf } from "../exit-code.ts";
import { signingToJson } from "../render/signing-json.ts";
import { signingToText } from "../render/signing-text.ts";
import type { Terminal } from "../terminal.ts";
import { environmentOf } from "../user-environment.ts";
import type { ImageToSign } from "./image-to-sign.ts";
import { openMeans } from "./open-means.ts";
import { signImages } from "./sign-images.ts";
import { formatsOf, type SigningFlags } from "./signing-flags.ts";
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
  const signal = AbortSignal.any([io.interruption(), AbortSignal.timeout(parseTimeout(flags.timeout))]);
  const environment = environmentOf(io);
  const config = await sourcesConfig({ ...flags, shortNames: "docker.io" }, environment);
  // a dry run needs no key: whoever may not sign may see what would be
  const means =
    flags.dryRun === true ? undefined : await openMeans(flags, formatsOf(flags), environment, io, signal);
  const repositories = openRepositories(config);
  try {
    const plan = { recursive: flags.recursive === true, tasks, means };
    for (const { image, reference } of images) {
      const told = beforehand(image, reference);
      if (told !== undefined) io.err(`${told}\n`);
    }
    const reports = await signImages(images, plan, repositories, io, signal);
    io.out(flags.output === "json" ? signingToJson(reports) : signingToText(reports, io.paint));
    io.exitWith(exitCodeFor(reports));
  } finally {
    await repositories.close();
    await means?.close();
  }
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
