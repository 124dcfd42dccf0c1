import { CountersignError } from "@countersign/engine/values/error";
import { quote } from "@countersign/engine/values/go-format";
import {
  formatReference,
  type ImageReference,
  repositoryName,
} from "@countersign/engine/values/image-reference";
import type { Image } from "@countersign/sources/cri/generated/cri_pb";
import type { Timing } from "@countersign/sources/timing";
import { fairSlots } from "./fair-slots.ts";
import { type PullRequest, pullOf, specOf } from "./pull-request.ts";
import { pullToItsEnd } from "./pull-to-its-end.ts";
import type { PulledImage, RuntimeImages } from "./runtime-images.ts";
import type { TagMoves } from "./tag-moves.ts";
import { Acceptances, type LeftoverEvents, takeBack } from "./take-back.ts";
import {
  hasDigest,
  isFromRepository,
  isInstance,
  isNamedBy,
  pinnedName,
  type VerifiedImage,
} from "./verified-image.ts";

/** Makes a runtime pull exactly what was verified. */
export interface ImagePinner {
  /**
   * @throws RuntimeRefusal as the runtime gave it; CountersignError RUNTIME_MISMATCH or CANCELLED. What the pull
   *   brought is then gone again
   */
  pull(
    request: PullRequest,
    verified: VerifiedImage,
    images: RuntimeImages,
    signal: AbortSignal,
  ): Promise<PinnedPull>;
  /** A pull of this name went on unverified, for its policy asks for nothing: what it brings is not ours to remove. */
  passed(reference: ImageReference): void;
}

export type PinnedPull =
  /** the runtime's own answer, unchanged */
  | { readonly type: "pulled"; readonly answer: Uint8Array }
  /** the tag meant something else when the runtime asked: verify that, and try again */
  | { readonly type: "tagMoved" };

export interface PinnerParts {
  readonly tags: Pick<TagMoves, "move">;
  readonly timing: Pick<Timing, "after">;
  readonly events: LeftoverEvents;
}

/** Milliseconds that a pull waits while other calls move its tag; then its caller may try again. */
const turnPatience = 60_000;

/**
 * Milliseconds for binding a tag to content that the runtime has already. A runtime that hangs there must not keep the
 * tag from everybody else.
 */
const tagPatience = 60_000;

/**
 * Between our look at a tag and the runtime's, the registry may say something else, by chance or on purpose.
 * So the runtime is made to pull the verified digest, then the tag (cheap now; the kubelet asks for the image by
 * this name afterwards, and both runtimes forget the tag of `name:tag@digest`), and then must show that the tag
 * is that digest.
 */
export function imagePinner({ tags, timing, events }: PinnerParts): ImagePinner {
  const acceptances = new Acceptances();
  // One at a time moves the tags of a repository: between a tag's pull and the look at what it brought, another
  // pull of ours must not move it again, nor must tidying up take away what the other one was just given.
  const turns = fairSlots({ total: Number.POSITIVE_INFINITY, perLane: 1 });

  async function pullByDigest(
    request: PullRequest,
    verified: VerifiedImage,
    images: RuntimeImages,
    signal: AbortSignal,
  ): Promise<PinnedPull> {
    await using brought = new AsyncDisposableStack();
    const name = pinnedName(verified);
    const since = acceptances.now();
    const before = await images.status(specOf(request, name), signal);
    const landing = { name, reference: verified.reference, before, since };
    brought.defer(() => takeBack(landing, request, images, acceptances, events));
    const pulled = await pullToItsEnd(images, request.bytes, signal);
    const image = await images.status(specOf(request, name), signal);
    const accepted = demandVerified(image, verified);
    if (!(await isAnswer(pulled, accepted, request, images, signal))) throw otherImage(verified);
    acceptances.add(accepted.id);
    brought.move();
    return { type: "pulled", answer: pulled.answer };
  }

  async function pullByTag(
    request: PullRequest,
    verified: VerifiedImage,
    images: RuntimeImages,
    signal: AbortSignal,
  ): Promise<PinnedPull> {
    const { reference } = verified;
    const repository = repositoryName(reference);
    const since = acceptances.now();

    await using brought = new AsyncDisposableStack();
    const pinned = pinnedName(verified);
    let content = await images.status(specOf(request, pinned), signal);
    if (content === undefined) {
      brought.defer(async () => {
        using _turn = await turns.enter(repository, new AbortController().signal);
        const landing = { name: pinned, reference, before: undefined, since };
        await takeBack(landing, request, images, acceptances, events);
      });
      await pullToItsEnd(images, pullOf(request, pinned), signal);
      content = await images.status(specOf(request, pinned), signal);
    }
    demandVerified(content, verified);

    using _moving = await tags.move(formatReference(reference), signal, turnPatience);
    using _turn = await turns.enter(repository, signal);
    const limit = new AbortController();
    const stop = timing.after(tagPatience, () => limit.abort());
    try {
      const bound = await bindTag(request, verified, images, since, { caller: signal, limit: limit.signal });
      if (bound.type === "pulled") brought.move();
      return bound;
    } catch (error) {
      throw limit.signal.aborted ? tooLate(reference) : error;
    } finally {
      stop();
    }
  }

  /** Has the runtime pull the tag, and looks at what it is then. */
  async function bindTag(
    request: PullRequest,
    verified: VerifiedImage,
    images: RuntimeImages,
    since: number,
    { caller, limit }: { readonly caller: AbortSignal; readonly limit: AbortSignal },
  ): Promise<PinnedPull> {
    const signal = AbortSignal.any([caller, limit]);
    const { reference } = verified;
    await using retagged = new AsyncDisposableStack();
    const before = await images.status(specOf(request, request.image), signal);
    const landing = { name: request.image, reference, before, since };
    retagged.defer(() => takeBack(landing, request, images, acceptances, events));
    const pulled = await pullToItsEnd(images, request.bytes, caller, limit);
    const tagged = await images.status(specOf(request, request.image), signal);
    if (tagged === undefined || !hasDigest(tagged, verified) || !isInstance(tagged, verified)) {
      if (tagged !== undefined && !isFromRepository(tagged, verified))
        throw otherName(request, tagged, verified);
      return { type: "tagMoved" };
    }
    if (!(await isAnswer(pulled, tagged, request, images, signal))) return { type: "tagMoved" };
    acceptances.add(tagged.id);
    retagged.move();
    return { type: "pulled", answer: pulled.answer };
  }

  return {
    passed: (reference) => acceptances.addName(reference),
    pull: (request, verified, images, signal) =>
      verified.reference.tag === undefined
        ? pullByDigest(request, verified, images, signal)
        : pullByTag(request, verified, images, signal),
  };
}

function demandVerified(image: Image | undefined, verified: VerifiedImage): Image {
  if (image === undefined || !hasDigest(image, verified)) throw otherImage(verified);
  if (!isInstance(image, verified)) throw otherInstance(verified);
  return image;
}

/**
 * Whether the reference the caller is given is the image that was looked at. The kubelet creates containers from
 * it; had the tag moved away and back between pull and look, it would be the other one.
 */
async function isAnswer(
  { imageRef }: PulledImage,
  image: Image,
  request: PullRequest,
  images: RuntimeImages,
  signal: AbortSignal,
): Promise<boolean> {
  if (imageRef === "") return false;
  if (isNamedBy(image, imageRef)) return true;
  return (await images.status(specOf(request, imageRef), signal))?.id === image.id;
}

function tooLate(reference: ImageReference): CountersignError {
  return new CountersignError(
    "DEADLINE_EXCEEDED",
    `the runtime has the verified image, but did not bind ${formatReference(reference)} to it within ` +
      `${tagPatience / 1000} seconds; try again`,
  );
}

function otherImage(verified: VerifiedImage): CountersignError {
  return mismatch(`the runtime pulled ${pinnedName(verified)} and does not show that digest for it`);
}

function otherInstance(verified: VerifiedImage): CountersignError {
  const { reference, digest, instance } = verified;
  return mismatch(
    `the runtime chose another image from the index ${digest} of ${formatReference(reference)} than the verified ` +
      `${instance}; publish an index with one entry for each platform`,
  );
}

function otherName(request: PullRequest, image: Image, { reference }: VerifiedImage): CountersignError {
  const actual = image.repoDigests[0] ?? image.repoTags[0] ?? image.id;
  return mismatch(
    `the runtime takes ${quote(request.image)} for ${actual}, but ${formatReference(reference)} was verified; ` +
      "write the image's name with its registry",
  );
}

function mismatch(message: string): CountersignError {
  return new CountersignError("RUNTIME_MISMATCH", message);
}
