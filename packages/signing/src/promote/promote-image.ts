import { CountersignError } from "@countersign/engine/values/error";
import { manifestDigest } from "@countersign/engine/values/manifest-digest";
import { parseJson } from "@countersign/engine/values/strict-json";
import { annotation, memberText } from "@countersign/sources/attachments/referrer-index";
import type { BlobDescriptor } from "@countersign/sources/registry/blob-stream";
import type { Timing } from "@countersign/sources/timing";
import { everyManifest, type PresentManifest } from "../image-manifests.ts";
import { type PerformedTask, performTask, type SigningMeans } from "../perform-task.ts";
import type { SignatureTask } from "../signature-task.ts";
import { addLayers } from "../store/attach-layers.ts";
import { putReferrer } from "../store/attach-referrer.ts";
import { readManifestJson } from "../store/manifest-json.ts";
import { type AttachedManifest, attachedManifests } from "./attached-manifests.ts";
import { blobsOf } from "./blobs-of.ts";
import { type CarriedBlobs, type CarryProgress, carryBlobs, type PromotionPlace } from "./carry-blobs.ts";

/** What is promoted, where to, and under which tag it is published there. */
export interface Promotion {
  readonly from: PromotionPlace;
  readonly to: PromotionPlace;
  readonly image: PresentManifest;
  /** undefined: by digest alone */
  readonly tag: string | undefined;
  /** whether a tag that leads to another image may be moved */
  readonly movesTag: boolean;
  /** what is signed there */
  readonly tasks: readonly SignatureTask[];
  readonly means: SigningMeans | undefined;
  readonly atOnce: number;
}

/** What became of it. */
export interface Promoted {
  readonly blobs: CarriedBlobs;
  readonly manifests: number;
  /** tags of signatures and attestations, and manifests that refer to the image, which came along */
  readonly attached: number;
  readonly signed: readonly PerformedTask[];
  readonly tag: "none" | "as it was" | "written";
}

/** Tells how far it is. */
export type PromotionProgress = (step: PromotionStep) => void;

export type PromotionStep =
  | { readonly type: "looking" }
  | ({ readonly type: "blobs" } & CarryProgress)
  | { readonly type: "signatures" };

/**
 * Copies an image, or an index and all of its images, with everything that is attached to them, and signs it where it
 * arrives. **The tag comes last**: until all the rest is there nobody who asks by name gets any of it. What is there
 * already is not sent again, so that who was interrupted goes on where he was.
 * @throws CountersignError with a registry code; TAG_TAKEN if the tag leads to another image
 */
export async function promoteImage(
  promotion: Promotion,
  tell: PromotionProgress,
  timing: Timing,
  signal: AbortSignal,
): Promise<Promoted> {
  const { from, to, image, tasks, means } = promotion;
  tell({ type: "looking" });
  await requireFreeTag(promotion, signal);
  const manifests = everyManifest(image);
  const attached: AttachedManifest[] = [];
  for (const { digest } of manifests)
    attached.push(...(await attachedManifests(from.repository, digest, signal)));

  const images = manifests.filter(({ instances }) => instances === undefined);
  const blobs = [...images, ...attached.map(({ manifest }) => manifest)].flatMap(
    (manifest): readonly BlobDescriptor[] =>
      blobsOf(manifest, `${from.repository.name}@${manifestDigest(manifest.bytes)}`),
  );
  const carried = await carryBlobs(
    from,
    to,
    blobs,
    promotion.atOnce,
    (progress) => tell({ type: "blobs", ...progress }),
    timing,
    signal,
  );

  tell({ type: "signatures" });
  for (const manifest of manifests) {
    if (await to.repository.hasManifest(manifest.digest, signal)) continue;
    await to.repository.putManifest(manifest.digest, manifest, signal);
  }
  for (const one of attached) await attach(one, to, timing, signal);
  const signed: PerformedTask[] = [];
  for (const task of means === undefined ? [] : tasks) {
    signed.push(await performTask(to.repository, task, means as SigningMeans, signal));
  }
  const tag = await publish(promotion, signal);
  return { blobs: carried, manifests: manifests.length, attached: attached.length, signed, tag };
}

async function attach(
  one: AttachedManifest,
  { repository }: PromotionPlace,
  timing: Timing,
  signal: AbortSignal,
): Promise<void> {
  if (one.type === "tagged") {
    const place = `${repository.name}:${one.tag}`;
    const { entries } = readManifestJson(one.manifest, "ociManifest", "layers", place);
    await addLayers(repository, one.tag, entries, timing, signal);
    return;
  }
  const json = parseJson(one.manifest.bytes);
  const config = json.kind === "object" ? json.members.find(([name]) => name === "config")?.[1] : undefined;
  const type =
    memberText(json, "artifactType") || (config === undefined ? "" : memberText(config, "mediaType"));
  const annotations = Object.fromEntries(
    listedAnnotations.flatMap((name) => {
      const value = annotation(json, name);
      return value === undefined ? [] : [[name, value]];
    }),
  );
  await putReferrer(repository, one.subject, one.manifest, { type, annotations }, timing, signal);
}

/** What a list of referrers says besides, so that readers need not open each. */
const listedAnnotations = [
  "dev.sigstore.bundle.content",
  "dev.sigstore.bundle.predicateType",
  "org.opencontainers.image.created",
];

/** Before anything is copied. @throws CountersignError TAG_TAKEN */
async function requireFreeTag({ to, image, tag, movesTag }: Promotion, signal: AbortSignal): Promise<void> {
  if (tag === undefined || movesTag) return;
  const found = await to.repository.inPlace(tag, signal);
  if (found === undefined) return;
  const there = manifestDigest(found.bytes);
  if (there !== image.digest) throw taken(`${to.repository.name}:${tag}`, there);
}

async function publish(
  { to, image, tag, movesTag }: Promotion,
  signal: AbortSignal,
): Promise<Promoted["tag"]> {
  if (tag === undefined) return "none";
  const { repository } = to;
  const found = await repository.inPlace(tag, signal);
  const there = found && manifestDigest(found.bytes);
  if (there === image.digest) return "as it was";
  const place = `${repository.name}:${tag}`;
  if (there !== undefined && !movesTag) throw taken(place, there);
  const stored = await repository.replaceManifest(tag, image, found, signal);
  if (stored === undefined) {
    throw new CountersignError("REGISTRY_CONFLICT", `${place} was changed by somebody else just now`);
  }
  return "written";
}

function taken(place: string, digest: string): CountersignError {
  return new CountersignError(
    "TAG_TAKEN",
    `${place} leads to another image, ${digest}, and is not moved unless --move-tag says so`,
  );
}
