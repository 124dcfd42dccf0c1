import { CountersignError, type ErrorCode } from "@countersign/engine/values/error";
import { type NamedReference, repositoryName } from "@countersign/engine/values/image-reference";
import { dockerImage } from "@countersign/engine/values/located-image";
import type { DenialCode } from "@countersign/engine/verify/denial-code";
import { everyManifest, type PresentManifest } from "@countersign/signing/image-manifests";
import { type PromotionStep, promoteImage } from "@countersign/signing/promote/promote-image";
import { signatureTasks } from "@countersign/signing/signature-task";
import { readPolicyFile } from "@countersign/sources/files/policy-file";
import { openRepositories } from "@countersign/sources/open-repositories";
import { openSources, type SourcesConfig } from "@countersign/sources/open-sources";
import { systemTiming } from "@countersign/sources/timing";
import { exitCode, exitCodeOf } from "../exit-code.ts";
import { judgeImage } from "../judge-image.ts";
import { promotionToJson, promotionToText } from "../render/promotion.ts";
import { findImage, namesFor, parseImageToSign } from "../signing/image-to-sign.ts";
import { openMeans } from "../signing/open-means.ts";
import { parseDestination } from "../signing/parse-destination.ts";
import type { PromotionReport } from "../signing/promotion-report.ts";
import { formatsOf, type SigningFlags } from "../signing/signing-flags.ts";
import type { Terminal } from "../terminal.ts";
import { environmentOf } from "../user-environment.ts";
import { parsePlatform, parseTimeout } from "./image-flags.ts";
import { parseJobs } from "./list-flags.ts";
import { sourcesConfig } from "./sources-config.ts";

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
  const signal = AbortSignal.any([io.interruption(), AbortSignal.timeout(parseTimeout(flags.timeout))]);
  const environment = environmentOf(io);
  const config = await sourcesConfig({ ...flags, shortNames: "docker.io" }, environment);
  const means =
    flags.dryRun === true ? undefined : await openMeans(flags, formatsOf(flags), environment, io, signal);
  const repositories = openRepositories(config);
  let report: PromotionReport = {
    ...{ source, destination, names },
    ...{ digest: undefined, promoted: undefined, failure: undefined },
  };
  try {
    const reading = await repositories.open(from, "read", signal);
    const { top } = await findImage(source, from, reading, true, signal);
    report = { ...report, digest: top.digest };
    const denied = await denialOf(top, source, flags, config, signal);
    if (denied !== undefined) report = { ...report, failure: { ...denied, denied: true } };
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
        (step) => io.progress(`${source}: ${wordsFor(step)}`),
        systemTiming,
        signal,
      );
      report = { ...report, promoted };
    }
  } catch (caught) {
    const { code, message } = CountersignError.from(caught);
    report = { ...report, failure: { code, message, denied: false } };
  } finally {
    io.progress("");
    await repositories.close();
    await means?.close();
  }
  io.out(flags.output === "json" ? promotionToJson(report) : promotionToText(report, io.paint));
  io.exitWith(exitCodeFor(report));
}

function placeOf({ domain, path }: NamedReference) {
  return { domain, path };
}

/** Judges every image that is to be promoted, by digest: what is judged is what is copied. */
async function denialOf(
  top: PresentManifest,
  source: string,
  { signaturePolicy }: PromoteFlags,
  config: SourcesConfig,
  signal: AbortSignal,
): Promise<{ readonly code: DenialCode; readonly message: string } | undefined> {
  if (signaturePolicy === undefined) return undefined;
  const policy = await readPolicyFile(signaturePolicy);
  const sources = openSources(config);
  const ports = {
    sources: sources.imageSources(),
    trustFiles: sources.trustFiles,
    trustRepositories: sources.trustRepositories,
    clock: Date,
  };
  try {
    const reference = parseImageToSign(source);
    for (const { digest, instances } of everyManifest(top)) {
      if (instances !== undefined) continue;
      const image = dockerImage({ ...reference, tag: undefined, digest });
      const platform = parsePlatform(undefined, process.arch);
      const { outcome } = await judgeImage({ image, policy, platform }, ports, signal);
      if (outcome.decision === "denied") {
        return { code: outcome.code, message: `${repositoryName(reference)}@${digest}: ${outcome.message}` };
      }
      if (outcome.decision === "undecided") throw new CountersignError(outcome.code, outcome.message);
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
  return failure.denied ? exitCode.denied : exitCodeOf(failure.code as ErrorCode);
}
