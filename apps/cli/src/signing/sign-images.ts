import { CountersignError } from "@countersign/engine/values/error";
import type { ImageReference } from "@countersign/engine/values/image-reference";
import { performTask, type SigningMeans } from "@countersign/signing/perform-task";
import type { SignatureTask } from "@countersign/signing/signature-task";
import type { Repositories } from "@countersign/sources/open-repositories";
import type { Terminal } from "../terminal.ts";
import { findImage, type ImageToSign } from "./image-to-sign.ts";
import type { SignatureReport, SigningReport } from "./signing-report.ts";

/** What is to be done with each image. */
export interface SigningPlan {
  readonly recursive: boolean;
  /** everything that is to be signed of an image that was found */
  tasks(image: ImageToSign): readonly SignatureTask[];
  /** undefined for a dry run */
  readonly means: SigningMeans | undefined;
}

/** Signs one image after the other; what keeps one from being signed does not keep the next. */
export async function signImages(
  images: readonly { readonly image: string; readonly reference: ImageReference }[],
  plan: SigningPlan,
  repositories: Repositories,
  io: Terminal,
  signal: AbortSignal,
): Promise<readonly SigningReport[]> {
  const reports: SigningReport[] = [];
  for (const { image, reference } of images) {
    reports.push(await signImage(image, reference, plan, repositories, io, signal));
  }
  io.progress("");
  return reports;
}

async function signImage(
  image: string,
  reference: ImageReference,
  plan: SigningPlan,
  repositories: Repositories,
  io: Terminal,
  signal: AbortSignal,
): Promise<SigningReport> {
  const signatures: SignatureReport[] = [];
  let found: ImageToSign | undefined;
  let failure: SigningReport["failure"];
  try {
    io.progress(`looking for ${image}`);
    const repository = await repositories.open(reference, "write", signal);
    found = await findImage(image, reference, repository, plan.recursive, signal);
    const tasks = plan.tasks(found);
    for (const [index, task] of tasks.entries()) {
      io.progress(`${image}: ${task.type} ${index + 1} of ${tasks.length}`);
      if (plan.means === undefined) {
        signatures.push({ task, outcome: "dry run", location: undefined });
      } else {
        signatures.push(await performTask(repository, task, plan.means, signal));
      }
    }
  } catch (caught) {
    const { code, message } = CountersignError.from(caught);
    failure = { code, message };
  }
  return {
    image,
    digest: found?.top.digest,
    instances: found?.top.instances?.length,
    signatures,
    failure,
  };
}
