import type { Policy } from "@countersign/engine/policy/policy";
import { policySubject } from "@countersign/engine/policy/policy-subject";
import { selectScope } from "@countersign/engine/policy/select-scope";
import {
  formatReference,
  type NamedReference,
  repositoryName,
} from "@countersign/engine/values/image-reference";
import { dockerImage } from "@countersign/engine/values/located-image";
import { everyManifest, type PresentManifest } from "@countersign/signing/image-manifests";
import { type PromotionStep, promoteImage } from "@countersign/signing/promote/promote-image";
import { signatureTasks } from "@countersign/signing/signature-task";
import { readPolicyFile } from "@countersign/sources/files/policy-file";
import { openSources, type SourcesConfig } from "@countersign/sources/open-sources";
import { systemTiming } from "@countersign/sources/timing";
import { exitCode, exitCodeOf } from "../exit-code.ts";
import { undecided } from "../judge-image.ts";
import { promotionToJson, promotionToText } from "../render/promotion.ts";
import { unanswered } from "../report.ts";
import { findImage, namesFor, parseImageToSign } from "../signing/image-to-sign.ts";
import { openWorkplace } from "../signing/open-workplace.ts";
import { parseDestination } from "../signing/parse-destination.ts";
import type { PromotionReport, Refusal } from "../signing/promotion-report.ts";
import { formatsOf, type SigningFlags } from "../signing/signing-flags.ts";
import type { Terminal } from "../terminal.ts";
import { judged } from "./ask.ts";
import { parsePlatform } from "./image-flags.ts";
import { parseJobs } from "./list-flags.ts";

export interface PromoteFlags extends Omit<SigningFlags, "recursive"> {
  readonly signaturePolicy?: string;
  readonly registriesD?: string;
  readonly moveTag?: boolean;
  readonly jobs: string;
}

/**
 * `countersign promote SRC DST`: copies an image with what is attached to it, and signs it where it arrives. Exits 1 if
 * the policy denies what is to be promoted.
 * @throws CountersignError USAGE, REFERENCE_INVALID, SIGNING_KEY_UNUSABLE: nothing was copied then
 */
export async function promote(
  source: string,
  destination: string,
  flags: PromoteFlags,
  io: Terminal,
): Promise<void> {
  const from = parseImageToSign(source);
  const to = parseDestination(destination, from);
  const names = namesFor(to.reference, flags.identity);
  const atOnce = parseJobs(flags.jobs);
  await using workplace = await openWorkplace(flags, io);
  const { signal, config, repositories, means } = workplace;
  let report: PromotionReport = {
    ...{ source, destination, names, reference: formatReference(to.reference) },
    ...{ digest: undefined, promoted: undefined, failure: undefined },
  };
  let hasBegun = false;
  try {
    const reading = await repositories.open(from, "read", signal);
    const { top } = await findImage(source, from, reading, true, signal);
    report = { ...report, digest: top.digest };
    const refused = await refusalOf(top, source, flags, config, signal);
    if (refused !== undefined) report = { ...report, failure: { report: refused, hasBegun } };
    else if (means !== undefined) {
      const writing = await repositories.open(to.reference, "write", signal);
      const promoted = await promoteImage(
        {
          from: { repository: reading, ...placeOf(from) },
          to: { repository: writing, ...placeOf(to.reference) },
          image: top,
          tag: to.reference.tag,
          movesTag: flags.moveTag === true,
          tasks: everyManifest(top).flatMap((subject) =>
            signatureTasks(formatsOf(flags), { subject, names, annotations: new Map() }),
          ),
          means,
          atOnce,
        },
        (step) => {
          hasBegun ||= step.type !== "looking";
          io.progress(`${source}: ${wordsFor(step)}`);
        },
        systemTiming,
        signal,
      );
      report = { ...report, promoted };
    }
  } catch (caught) {
    const { outcome } = undecided(caught);
    const refused = { ...unanswered(source, undefined), outcome };
    report = { ...report, failure: { report: refused, hasBegun } };
  } finally {
    io.progress("");
  }
  io.out(flags.output === "json" ? promotionToJson(report) : promotionToText(report, io.paint));
  io.exitWith(exitCodeFor(report));
}

function placeOf({ domain, path }: NamedReference) {
  return { domain, path };
}

/** Judges every image that is to be promoted, by digest: what is judged is what is copied. */
async function refusalOf(
  top: PresentManifest,
  source: string,
  { signaturePolicy: file }: PromoteFlags,
  config: SourcesConfig,
  signal: AbortSignal,
): Promise<Refusal | undefined> {
  if (file === undefined) return undefined;
  const asked = unanswered(source, undefined);
  const because = "named by --signature-policy";
  let policy: Policy;
  try {
    policy = await readPolicyFile(file);
  } catch (caught) {
    const { outcome } = undecided(caught);
    return { ...asked, policy: { file, because, selection: undefined }, outcome };
  }
  const platform = parsePlatform(undefined, process.arch);
  const sources = openSources(config);
  try {
    const reference = parseImageToSign(source);
    for (const { digest, instances } of everyManifest(top)) {
      if (instances !== undefined) continue;
      const image = dockerImage({ ...reference, tag: undefined, digest });
      const opened = await sources.imageSources().open(image, signal);
      const answer = await judged({ image, source: opened }, policy, platform, sources, signal);
      if (answer.outcome.decision === "allowed") continue;
      const message = `${repositoryName(reference)}@${digest}: ${answer.outcome.message}`;
      return {
        ...asked,
        ...answer,
        located: image,
        policy: { file, because, selection: selectScope(policy, policySubject(image)) },
        outcome: { ...answer.outcome, message },
      };
    }
    return undefined;
  } finally {
    await sources.close();
  }
}

function wordsFor(step: PromotionStep): string {
  switch (step.type) {
    case "looking":
      return "looking for what belongs to it";
    case "blobs":
      return `${step.done} of ${step.of} blobs, ${(step.bytes / 1e6).toFixed(1)} MB sent`;
    case "signatures":
      return "manifests and signatures";
  }
}

function exitCodeFor({ failure }: PromotionReport): number {
  if (failure === undefined) return exitCode.allowed;
  const { outcome } = failure.report;
  return outcome.decision === "denied" ? exitCode.denied : exitCodeOf(outcome.code);
}
