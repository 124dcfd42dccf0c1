import { CountersignError } from "@countersign/engine/values/error";
import { quote } from "@countersign/engine/values/go-format";
import {
  formatReference,
  type ImageReference,
  repositoryName,
} from "@countersign/engine/values/image-reference";
import type { Image } from "@countersign/sources/cri/generated/cri_pb";
import type { Timing } from "@countersign/sources/timing";
import { type PullRequest, pullOf, specOf } from "./pull-request.ts";
import { pullToItsEnd } from "./pull-to-its-end.ts";
import { repositoryTurns } from "./repository-turns.ts";
import type { PulledImage, RuntimeImages } from "./runtime-images.ts";
import type { TagMoves } from "./tag-moves.ts";
import { Acceptances, type Landing, type LeftoverEvents, takeBack } from "./take-back.ts";
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
  | { readonly type: "tagMoved" }
  /** somebody removed the image before it could be looked at, as a kubelet does whose disk is full: try again */
  | { readonly type: "removed" };

export interface PinnerParts {
  readonly tags: Pick<TagMoves, "move">;
  readonly timing: Pick<Timing, "after" | "sleep">;
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
  const turns = repositoryTurns();

  /** What a pull of `name` may have brought is taken back when the stack ends, once nobody else is at its repository. */
  function takingBack(
    brought: AsyncDisposableStack,
    landing: Landing,
    request: PullRequest,
    images: RuntimeImages,
  ): void {
    brought.defer(async () => {
      using _turn = await turns.alone(repositoryName(landing.reference));
      await takeBack(landing, request, images, acceptances, events);
    });
  }

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
    takingBack(brought, { name, reference: verified.reference, before, since }, request, images);
    const pulled = await pullToItsEnd(images, request.bytes, signal, timing);
    using _turn = await turns.together(repositoryName(verified.reference), signal);
    const image = await images.status(specOf(request, name), signal);
    if (image === undefined) {
      const followedTheTag = (await images.status(specOf(request, pulled.imageRef), signal)) !== undefined;
      if (followedTheTag) throw otherImage(verified);
      return { type: "removed" };
    }
    demandVerified(image, verified);
    if (!(await isAnswer(pulled, image, request, images, signal))) throw otherImage(verified);
    acceptances.add(image.id);
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
    const since = acceptances.now();

    await using brought = new AsyncDisposableStack();
    const pinned = pinnedName(verified);
    let content = await images.status(specOf(request, pinned), signal);
    if (content === undefined) {
      takingBack(brought, { name: pinned, reference, before: undefined, since }, request, images);
      await pullToItsEnd(images, pullOf(request, pinned), signal, timing);
      content = await images.status(specOf(request, pinned), signal);
    }
    if (content === undefined) return { type: "removed" };
    demandVerified(content, verified);

    // One at a time moves a tag: between its pull and the look at what it brought, nobody may move it again.
    using _moving = await tags.move(formatReference(reference), signal, turnPatience);
    const bound = await bindTag(request, verified, images, since, signal);
    if (bound.type === "pulled") brought.move();
    return bound;
  }

  /** Has the runtime pull the tag, and looks at what it is then. */
  async function bindTag(
    request: PullRequest,
    verified: VerifiedImage,
    images: RuntimeImages,
    since: number,
    caller: AbortSignal,
  ): Promise<PinnedPull> {
    const { reference } = verified;
    await using retagged = new AsyncDisposableStack();
    using _turn = await turns.together(repositoryName(reference), caller);
    using limit = deadline(timing, tagPatience);
    const signal = AbortSignal.any([caller, limit.signal]);
    try {
      const before = await images.status(specOf(request, request.image), signal);
      takingBack(retagged, { name: request.image, reference, before, since }, request, images);
      const pulled = await pullToItsEnd(images, request.bytes, caller, timing, limit.signal);
      const tagged = await images.status(specOf(request, request.image), signal);
      if (tagged === undefined) return { type: "removed" };
      if (!hasDigest(tagged, verified) || !isInstance(tagged, verified)) {
        if (!isFromRepository(tagged, verified)) throw otherName(request, tagged, verified);
        return { type: "tagMoved" };
      }
      if (!(await isAnswer(pulled, tagged, request, images, signal))) return { type: "tagMoved" };
      acceptances.add(tagged.id);
      retagged.move();
      return { type: "pulled", answer: pulled.answer };
    } catch (error) {
      throw limit.signal.aborted ? tooLate(reference) : error;
    }
  }

  return {
    passed: (reference) => acceptances.addName(reference),
    pull: (request, verified, images, signal) =>
      verified.reference.tag === undefined
        ? pullByDigest(request, verified, images, signal)
        : pullByTag(request, verified, images, signal),
  };
}

/** A signal that fires after so many milliseconds, unless it is disposed of before. */
function deadline(
  timing: Pick<Timing, "after">,
  milliseconds: number,
): Disposable & { readonly signal: AbortSignal } {
  const over = new AbortController();
  const called = timing.after(milliseconds, () => over.abort());
  return { signal: over.signal, [Symbol.dispose]: called };
}

function demandVerified(image: Image, verified: VerifiedImage): void {
  if (!hasDigest(image, verified)) throw otherImage(verified);
  if (!isInstance(image, verified)) throw otherInstance(verified);
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
