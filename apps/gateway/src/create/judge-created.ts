import { CountersignError } from "@countersign/engine/values/error";
import { quote } from "@countersign/engine/values/go-format";
import type { Image } from "@countersign/sources/cri/generated/cri_pb";
import type { PolicyInForce } from "../policy/policy-store.ts";
import type { ImageNames } from "../pull/image-names.ts";
import type { RuntimeImages } from "../pull/runtime-images.ts";
import { askedNames } from "./asked-names.ts";
import type { CreatedImage } from "./create-request.ts";
import type { PresentVerdict, PresentVerifier } from "./verify-present.ts";

/** What becomes of an image of which nobody says what the pod calls it. */
export type UnnamedImages =
  /** it is refused, unless the policy lets in every image */
  | "deny"
  /** it is judged under every name the runtime has for it, and all of them must be allowed */
  | "all-names";

/**
 * What the runtime has of an image that a container is to have.
 * @throws RuntimeRefusal; CountersignError IMAGE_ABSENT, or CHECKPOINT_REFUSED for a path
 */
export async function findPresent(
  created: CreatedImage,
  images: RuntimeImages,
  signal: AbortSignal,
): Promise<Image> {
  const { spec } = created;
  const present = await images.status(spec, signal);
  if (present !== undefined && present.id !== "") return present;
  const name = quote(spec.image.slice(0, 300));
  if (isCheckpoint(created)) {
    throw new CountersignError(
      "CHECKPOINT_REFUSED",
      `${name} is a checkpoint archive, which nobody signs; start the pod from its image, or allow it with --checkpoints allow`,
    );
  }
  throw new CountersignError("IMAGE_ABSENT", `the runtime does not have the image ${name}`);
}

/** Both runtimes restore a container when its own image is a file's path. */
export function isCheckpoint({ role, spec }: CreatedImage): boolean {
  return role === "container" && isPath(spec.image);
}

function isPath(image: string): boolean {
  return /^\.{0,2}\//.test(image);
}

/** What a created image is judged with. */
export interface CreationJudge {
  readonly names: ImageNames;
  readonly verifier: PresentVerifier;
  readonly unnamedImages: UnnamedImages;
}

/**
 * Judges an image that the runtime has by the name that the pod has for it.
 * @throws CountersignError when it cannot be decided; IMAGE_UNNAMED when nobody says that name
 */
export async function judgeCreated(
  created: CreatedImage,
  present: Image,
  policy: PolicyInForce,
  { names: readings, verifier, unnamedImages }: CreationJudge,
  signal: AbortSignal,
): Promise<PresentVerdict> {
  const names = await askedNames(created, present, readings);
  const ask = (asked: (typeof names)["names"][number]) => verifier.verify({ asked, present, policy }, signal);
  if (names.type === "unnamed" && unnamedImages === "deny") throw nameless(present);
  const [first, ...others] = names.names;
  if (first === undefined) throw nameless(present);
  let verdict = await ask(first);
  for (const name of others) {
    if (!verdict.allowed) break;
    const { warnings } = verdict;
    const next = await ask(name);
    verdict = next.allowed ? { ...next, warnings: [...warnings, ...next.warnings] } : next;
  }
  return verdict;
}

function nameless({ id }: Image): CountersignError {
  return new CountersignError(
    "IMAGE_UNNAMED",
    `nobody says what the pod calls the image ${quote(id)} (a kubelet before 1.28, or crictl): ` +
      "create the container by the image's name, or see --unnamed-images",
  );
}
