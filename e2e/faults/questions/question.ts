import type { Draw } from "@countersign/testkit/random/draw";
import type { WorldImage } from "../world/images.ts";
import { type Namespace, namespaces } from "../world/policy-history.ts";

/** What a kubelet wants of its node. */
export type Question =
  /** an image on the node */
  | { readonly type: "pull"; readonly image: WorldImage; readonly namespace: Namespace }
  /** a container, and its images on the node if they are not */
  | {
      readonly type: "run";
      readonly image: WorldImage;
      readonly volume: WorldImage | undefined;
      readonly namespace: Namespace;
    }
  /** what is no matter of images */
  | { readonly type: "version" | "status" | "list" };

/** The questions that the gateway decides. */
export type ImageQuestion = Extract<Question, { readonly namespace: Namespace }>;

/** Questions about a few images, so that what one namespace may have another one that may not asks for too. */
export function drawQuestions(
  draw: Draw,
  images: readonly [WorldImage, ...WorldImage[]],
): readonly [Question, ...Question[]] {
  const some = draw.several(images, 2, 5);
  const questions = some.flatMap((image) =>
    Array.from({ length: 1 + draw.below(4) }, () => drawQuestion(draw, [image, ...some])),
  );
  return [{ type: "version" }, ...questions];
}

function drawQuestion(draw: Draw, [first, ...others]: readonly [WorldImage, ...WorldImage[]]): Question {
  const type = draw.one(["run", "run", "run", "run", "pull", "pull", "pull", "version", "status", "list"]);
  if (type === "version" || type === "status" || type === "list") return { type };
  const image = first;
  const namespace = draw.one(namespaces);
  if (type === "pull" && !image.isPreloaded) return { type, image, namespace };
  const volume = draw.chance(0.15) ? draw.one([first, ...others]) : undefined;
  return { type: "run", image, volume, namespace };
}

export function imagesOf(question: ImageQuestion): readonly WorldImage[] {
  const volume = question.type === "run" ? question.volume : undefined;
  return volume === undefined ? [question.image] : [question.image, volume];
}

/** Whether an image of which it is has a tag that moves, now and then. */
export function hasMovingTag(question: Question): boolean {
  return "namespace" in question && imagesOf(question).some(({ contents }) => contents.length > 1);
}

/** Of a name with its registry, and a tag or a digest. */
export function repositoryOf(name: string): string {
  return name.replace(/@.*$|:[^:/]*$/g, "");
}

/** In words, and equal for equal questions. */
export function wordsOf(question: Question): string {
  switch (question.type) {
    case "pull":
      return `pull ${question.image.name} for ${question.namespace}`;
    case "run": {
      const volume = question.volume === undefined ? "" : ` with ${question.volume.name} mounted`;
      return `run ${question.image.name}${volume} in ${question.namespace}`;
    }
    default:
      return question.type;
  }
}
