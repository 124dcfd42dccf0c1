import type { Violations } from "../violation.ts";
import type { Content, WorldImage } from "../world/images.ts";
import type { NodeRuntime } from "../world/node-runtime.ts";
import type { World } from "../world/world.ts";
import type { Answer } from "./answer.ts";
import type { Asker } from "./ask.ts";
import type { Excuses } from "./excuses.ts";
import type { Oracle } from "./oracle.ts";
import { hasMovingTag, imagesOf, type Question, repositoryOf, wordsOf } from "./question.ts";

export interface Asked {
  readonly question: Question;
  readonly answer: Answer;
}

/** Every container that the runtime has must be one that some policy allowed, by what is really in it. */
export async function auditContainers(
  world: World,
  asker: Asker,
  oracle: Oracle,
  violations: Violations,
): Promise<void> {
  for (const { name, contents } of await world.runtime.containers()) {
    const attempt = asker.attempt(name);
    if (attempt === undefined) {
      violations.add("wrongly allowed", `a container ${name} that nobody asked for`);
      continue;
    }
    const { question, span } = attempt;
    const images = imagesOf(question);
    for (const [at, id] of contents.entries()) {
      const image = images[at];
      if (image !== undefined && oracle.mayHold(image, id, question, span)) continue;
      const what = `${wordsOf(question)} got a container with ${describe(world.images, id)} in it`;
      violations.add("wrongly allowed", what);
    }
  }
}

/**
 * What callers were told is there has to be there. But a tag can move to and fro between two pulls that are allowed: the
 * second takes back what the first was given, when it had the tag meanwhile, no container uses it, and something else was verified.
 */
export async function auditLosses(
  { runtime }: { readonly runtime: Pick<NodeRuntime, "containers" | "images"> },
  asked: readonly Asked[],
  excuses: Pick<Excuses, "moving">,
  violations: Violations,
): Promise<void> {
  const containers = new Set((await runtime.containers()).map(({ id }) => id));
  const images = (await runtime.images()).flatMap((image) => [image.id, ...image.repoDigests]);
  const there = new Set(images);
  for (const { question, answer } of asked) {
    if (answer.kind !== "ok") continue;
    const { containerId, imageRef } = answer;
    if (containerId !== undefined && !containers.has(containerId))
      violations.add("lost", `${wordsOf(question)}: its container is not there`);
    const mayBeGone = hasMovingTag(question) && excuses.moving.includes("image gone");
    if (imageRef !== undefined && !there.has(imageRef) && !mayBeGone)
      violations.add("lost", `${wordsOf(question)}: its image is not there`);
  }
}

/**
 * Nothing is on disk that was only ever refused. What was there before, what some pull was given, and what was brought
 * past the gateway may stay.
 */
export async function auditLeftovers(
  world: World,
  before: ReadonlySet<string>,
  asked: readonly Asked[],
  oracle: Oracle,
  violations: Violations,
): Promise<void> {
  for (const { id, repoTags, repoDigests } of await world.runtime.images()) {
    if (before.has(id)) continue;
    const repositories = new Set([...repoTags, ...repoDigests].map(repositoryOf));
    if (oracle.mayStay(repositories)) continue;
    const isJustified = asked.some(
      ({ question, answer }) =>
        "namespace" in question &&
        imagesOf(question).some(
          (image) =>
            repositories.has(repositoryOf(image.reference)) &&
            (image.isPreloaded || oracle.mayHold(image, id, question, answer.span)),
        ),
    );
    const names = [...repoTags, ...repoDigests].join(", ");
    if (!isJustified) violations.add("left behind", `${describe(world.images, id)} as ${names}`);
  }
}

/**
 * Removes what a registry gave that lied, as an operator would: what is on disk under a name it was never published as stays
 * there, for a kubelet pulls nothing that is there.
 */
export async function removeForeign(
  runtime: Pick<NodeRuntime, "images" | "removeImage">,
  published: readonly WorldImage[],
): Promise<void> {
  const known = new Map(published.map((image) => [image.reference, image.contents.map(({ id }) => id)]));
  for (const { id, repoTags } of await runtime.images())
    if (repoTags.some((tag) => known.get(tag)?.some((one) => one === id) === false))
      await runtime.removeImage(id);
}

function describe(images: readonly WorldImage[], id: string): string {
  for (const { name, contents } of images) {
    const found: Content | undefined = contents.find((content) => content.id === id);
    if (found !== undefined) return `${name} as signed by ${[...found.signers].join(" and ") || "nobody"}`;
  }
  return `something unknown (${id})`;
}

/** The ids of all images on disk. */
export async function imagesOnDisk({ runtime }: World): Promise<ReadonlySet<string>> {
  return new Set((await runtime.images()).map(({ id }) => id));
}
