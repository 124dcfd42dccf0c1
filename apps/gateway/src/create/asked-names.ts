import {
  dropTagIfDigested,
  type ImageReference,
  repositoryName,
  toImageReference,
} from "@countersign/engine/values/image-reference";
import type { Image } from "@countersign/sources/cri/generated/cri_pb";
import type { ImageNames } from "../pull/image-names.ts";
import { namesOf } from "../pull/verified-image.ts";
import type { CreatedImage } from "./create-request.ts";

/** Under which names an image has to be allowed: under each of them. */
export interface AskedNames {
  /** unnamed: nobody says what the pod calls it, and any name the runtime has for it may be the one */
  readonly type: "named" | "unnamed";
  readonly names: readonly ImageReference[];
}

/**
 * The name in the pod's spec, which the kubelet passes on as it was written: it is read here as it was when it was
 * pulled. Kubelets before 1.28 and crictl say none; whoever calls the image by a name and not by its id has said it all
 * the same.
 * @throws CountersignError REFERENCE_INVALID, SHORT_NAME_UNRESOLVED or CONFIG_INVALID
 */
export async function askedNames(
  { spec }: CreatedImage,
  present: Image,
  names: ImageNames,
): Promise<AskedNames> {
  const written = spec.userSpecifiedImage || (isId(spec.image, present) ? "" : spec.image);
  if (written !== "") {
    const { candidates } = await names.read(written);
    return { type: "named", names: meantBy(candidates, present) };
  }
  return {
    type: "unnamed",
    names: namesOf(present).map((name) => toImageReference(dropTagIfDigested(name))),
  };
}

/**
 * Of several registries that a short name may mean, those that the runtime knows the image from; all of them when it
 * knows it from none.
 */
function meantBy(candidates: readonly ImageReference[], present: Image): readonly ImageReference[] {
  const known = new Set(namesOf(present).map(repositoryName));
  const from = candidates.filter((candidate) => known.has(repositoryName(candidate)));
  return from.length > 0 ? from : candidates;
}

/** Both runtimes take the beginning of an id for the id; such a text is a name to anybody else. */
function isId(text: string, { id }: Image): boolean {
  const hex = (name: string) => name.replace(/^sha256:/, "");
  return text !== "" && hex(id).startsWith(hex(text));
}
