import { CountersignError } from "@countersign/engine/values/error";
import { formatImageName } from "@countersign/engine/values/format-image-name";
import type { DockerImage, LocatedImage } from "@countersign/engine/values/located-image";
import type { Platform } from "@countersign/engine/values/manifest";
import { formatPlatform } from "@countersign/engine/values/platform";
import { fixedClock } from "@countersign/engine/verify/fixed-sources";
import type { Clock, ImageSourceOpener } from "@countersign/engine/verify/ports";
import { readEvidence, writeEvidence } from "@countersign/sources/evidence/evidence-directory";
import { type RecordedImage, recordImage, replay } from "@countersign/sources/evidence/record-image";
import type { JudgedAt, TestRow } from "./test-table.ts";

/** What an image is judged by, besides the policy. */
export type RowEvidence =
  | { readonly type: "found"; readonly sources: ImageSourceOpener; readonly clock: Clock }
  /** there is no signature, and nobody has to look */
  | { readonly type: "unsigned" };

/** Finds a row's evidence; @throws CountersignError EVIDENCE_UNUSABLE, or with the source's code */
export type EvidenceFor = (row: TestRow, signal: AbortSignal) => Promise<RowEvidence>;

/** Evidence where each row says it is. A recording is judged for the time when it was made, unless the row says another. */
export function evidenceAsWritten(live: ImageSourceOpener): EvidenceFor {
  return async ({ image, platform, evidence, at }) => {
    if (evidence.type === "unsigned") return evidence;
    if (evidence.type === "live") return found(live, at, Date);
    const recorded = await readEvidence(evidence.directory, registryImage(image));
    requirePlatform(recorded, platform);
    return found(replay(recorded), at, fixedClock(recorded.at));
  };
}

/**
 * Records each image of the rows as it is now, once for all its platforms, and has it judged from that: what is seen now
 * is what will be seen again.
 */
export function evidenceRecordedAnew(
  live: ImageSourceOpener,
  directory: string,
  rows: readonly TestRow[],
): EvidenceFor {
  const platforms = new Map<string, Map<string, Platform>>();
  for (const { image, platform, evidence } of rows) {
    if (evidence.type === "unsigned") continue;
    const name = formatImageName(image);
    const wanted = platforms.get(name) ?? new Map<string, Platform>();
    platforms.set(name, wanted.set(formatPlatform(platform), platform));
  }
  const recordings = new Map<string, Promise<RecordedImage>>();
  const record = async (image: DockerImage, name: string, signal: AbortSignal): Promise<RecordedImage> => {
    const wanted = [...(platforms.get(name)?.values() ?? [])];
    const recorded = await recordImage(image, wanted, live, Date, signal);
    await writeEvidence(directory, recorded);
    return recorded;
  };
  return async ({ image, evidence, at }, signal) => {
    if (evidence.type === "unsigned") return evidence;
    const name = formatImageName(image);
    const recording = recordings.get(name) ?? record(registryImage(image), name, signal);
    recordings.set(name, recording);
    const recorded = await recording;
    return found(replay(recorded), at, fixedClock(recorded.at));
  };
}

function found(sources: ImageSourceOpener, at: JudgedAt, ofEvidence: Clock): RowEvidence {
  const clock = at === "evidence" ? ofEvidence : at === "now" ? Date : fixedClock(at);
  return { type: "found", sources, clock };
}

function registryImage(image: LocatedImage): DockerImage {
  if (image.transport === "docker") return image;
  throw unusable(`${formatImageName(image)} is in no registry, and needs no recording: say evidence: live`);
}

function requirePlatform({ platforms }: RecordedImage, wanted: Platform): void {
  const known = platforms.map(formatPlatform);
  if (known.includes(formatPlatform(wanted))) return;
  throw unusable(
    `it was recorded for ${known.join(", ")}, not for ${formatPlatform(wanted)}: record it again`,
  );
}

function unusable(message: string): CountersignError {
  return new CountersignError("EVIDENCE_UNUSABLE", message);
}
