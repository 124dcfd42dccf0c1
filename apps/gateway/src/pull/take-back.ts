import { formatReference, type ImageReference } from "@countersign/engine/values/image-reference";
import type { Image } from "@countersign/sources/cri/generated/cri_pb";
import { BoundedCache } from "@countersign/sources/serving/bounded-cache";
import { type PullRequest, specOf } from "./pull-request.ts";
import type { RuntimeImages } from "./runtime-images.ts";
import { namesOf, otherNames } from "./verified-image.ts";

/** What a pull of ours that came to nothing may have left in the runtime under one name. */
export interface Landing {
  /** the name it was pulled by */
  readonly name: string;
  readonly reference: ImageReference;
  /** what the runtime had under that name before */
  readonly before: Image | undefined;
  /** from {@link Acceptances.now}, taken before the pull */
  readonly since: number;
}

/** What became of it, for the log: a refused image that stays on disk is a thing to know of. */
export interface LeftoverEvents {
  removed(name: string): void;
  kept(name: string, why: string): void;
  failed(name: string, error: unknown): void;
}

/** How long tidying up may take; it goes on when the caller has left. */
const patienceMs = 30_000;

/**
 * Removes what a failed pull of ours brought. Left on disk, a refused image could be started by any pod that does
 * not pull (imagePullPolicy IfNotPresent), and the kubelet would take it for preloaded and ask no pod for
 * credentials (KEP-2535).
 *
 * RemoveImage takes an image with all its names, whoever pulled them, so it stays when it was there before, when
 * another name or a container uses it, when it is pinned, when another call got it as its answer meanwhile, or when a
 * namespace may have it unverified.
 * Never throws: the pull's own failure is what its caller must hear.
 */
export async function takeBack(
  landing: Landing,
  request: PullRequest,
  images: RuntimeImages,
  acceptances: Acceptances,
  events: LeftoverEvents,
): Promise<void> {
  const { name, before } = landing;
  const signal = AbortSignal.timeout(patienceMs);
  try {
    const landed = await images.status(specOf(request, name), signal);
    if (landed === undefined || landed.id === before?.id) return;
    const why = await whyKept(landed, landing, images, acceptances, signal);
    if (why !== undefined) return events.kept(name, why);
    await images.remove(specOf(request, landed.id), signal);
    events.removed(name);
  } catch (error) {
    events.failed(name, error);
  }
}

async function whyKept(
  image: Image,
  { reference, since }: Landing,
  images: RuntimeImages,
  acceptances: Acceptances,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (image.pinned) return "it is pinned";
  if (acceptances.since(image.id, since)) return "another pull was given it";
  if (acceptances.haveNameOf(image)) return "a policy that asks for no signature let it in too";
  const [other] = otherNames(image, reference);
  if (other !== undefined) return `it is also ${other}`;
  const used = await images.inUse(signal);
  return [image.id, ...image.repoDigests].some((name) => used.has(name)) ? "a container uses it" : undefined;
}

/** Enough to outlast every pull in flight. */
const maxAcceptances = 1024;

/** Remembers which images calls were given lately, so that tidying up after one does not take another's. */
export class Acceptances {
  #time = 0;
  readonly #times = new BoundedCache<string, number>(maxAcceptances);
  readonly #names = new BoundedCache<string, true>(maxAcceptances);

  now(): number {
    return this.#time;
  }

  add(imageId: string): void {
    this.#times.set(imageId, ++this.#time);
  }

  since(imageId: string, time: number): boolean {
    return (this.#times.get(imageId) ?? 0) > time;
  }

  /** Nobody hears when such a pull ends, or with which image; so its name counts for good. */
  addName(reference: ImageReference): void {
    this.#names.set(formatReference(reference), true);
  }

  haveNameOf(image: Image): boolean {
    return namesOf(image).some((name) => this.#names.get(formatReference(name)) === true);
  }
}
