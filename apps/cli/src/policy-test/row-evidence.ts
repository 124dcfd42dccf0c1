import { CountersignError } from "@countersign/engine/values/error";
import { formatImageName } from "@countersign/engine/values/format-image-name";
import { formatReference } from "@countersign/engine/values/image-reference";
import type { DockerImage, LocatedImage } from "@countersign/engine/values/located-image";
import type { Platform } from "@countersign/engine/values/manifest";
import { formatPlatform } from "@countersign/engine/values/platform";
import { fixedClock } from "@countersign/engine/verify/fixed-sources";
import type { Clock, ImageSourceOpener } from "@countersign/engine/verify/ports";
import { readEvidence, writeEvidence } from "@countersign/sources/evidence/evidence-directory";
import { recordImage } from "@countersign/sources/evidence/record-image";
import type { RecordedImage } from "@countersign/sources/evidence/recorded-image";
import { replay, replayAndAdd } from "@countersign/sources/evidence/replay";
import type { AskedImage, JudgedAt } from "./test-table.ts";

/** What an image is judged by, besides the policy. */
export type RowEvidence =
  | { readonly type: "found"; readonly sources: ImageSourceOpener; readonly clock: Clock }
  /** there is no signature, and nobody has to look */
  | { readonly type: "unsigned" };

/** Finds an image's evidence; @throws CountersignError EVIDENCE_UNUSABLE, or with the source's code */
export type EvidenceFor = (asked: AskedImage, signal: AbortSignal) => Promise<RowEvidence>;

/** Evidence where it is said to be. A recording is judged for the time when it was made, unless another one is said. */
export function evidenceAsWritten(live: ImageSourceOpener): EvidenceFor {
  return async ({ image, platform, evidence, at }) => {
    if (evidence.type === "unsigned") return evidence;
    if (evidence.type === "live") return found(live, at, Date);
    if (evidence.type === "copied") return found(copy(evidence.image, live), at, Date);
    const recorded = await readEvidence(evidence.directory, registryImage(image));
    requirePlatform(recorded, platform);
    return found(replay(recorded), at, fixedClock(recorded.at));
  };
}

/** The same, but reads a registry's image whole and once, so that all who judge it see the same. */
export function evidenceReadOnce(live: ImageSourceOpener): EvidenceFor {
  const asWritten = evidenceAsWritten(live);
  return async (asked, signal) => {
    const { image, platform, evidence, at } = asked;
    if (evidence.type !== "live" || image.transport !== "docker") return asWritten(asked, signal);
    const recorded = await recordImage(image, [platform], live, Date, signal);
    return found(
      replayAndAdd(recorded, live, async () => {}),
      at,
      Date,
    );
  };
}

/**
 * Records each registry's image as it is now, once for all its platforms, and has it judged from that: what is seen now
 * is what will be seen again.
 * @param all that will be asked about
 */
export function evidenceRecordedAnew(
  live: ImageSourceOpener,
  directory: string,
  all: readonly AskedImage[],
): EvidenceFor {
  const platforms = platformsByImage(all);
  const recordings = new Map<string, Promise<Recording>>();
  const keep = async (recorded: RecordedImage): Promise<void> => {
    await writeEvidence(directory, recorded);
  };
  const record = async (image: DockerImage, signal: AbortSignal): Promise<Recording> => {
    const recorded = await recordImage(image, platforms.get(keyOf(image)) ?? [], live, Date, signal);
    await keep(recorded);
    return { sources: replayAndAdd(recorded, live, keep), clock: fixedClock(recorded.at) };
  };
  return async ({ image, evidence, at }, signal) => {
    if (evidence.type === "unsigned") return evidence;
    if (image.transport !== "docker") return found(live, at, Date);
    const recording = recordings.get(keyOf(image)) ?? record(image, signal);
    recordings.set(keyOf(image), recording);
    const { sources, clock } = await recording;
    return found(sources, at, clock);
  };
}

/** Serves an image as it is recorded, and records what it is asked for besides. */
interface Recording {
  readonly sources: ImageSourceOpener;
  /** stands at when it was recorded */
  readonly clock: Clock;
}

function platformsByImage(all: readonly AskedImage[]): ReadonlyMap<string, readonly Platform[]> {
  const platforms = new Map<string, Map<string, Platform>>();
  for (const { image, platform, evidence } of all) {
    if (image.transport !== "docker" || evidence.type === "unsigned") continue;
    const wanted = platforms.get(keyOf(image)) ?? new Map<string, Platform>();
    platforms.set(keyOf(image), wanted.set(formatPlatform(platform), platform));
  }
  return new Map([...platforms].map(([key, wanted]) => [key, [...wanted.values()]]));
}

/** Not the name that messages use: that may be another image's too. */
function keyOf({ reference }: DockerImage): string {
  return formatReference(reference);
}

/** The copy, whatever image it is a copy of: that it is one of this image is the table's word. */
function copy(image: LocatedImage, live: ImageSourceOpener): ImageSourceOpener {
  return { open: (_asked, signal) => live.open(image, signal) };
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
