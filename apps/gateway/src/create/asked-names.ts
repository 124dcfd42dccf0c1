import { CountersignError } from "@countersign/engine/values/error";
import { quote } from "@countersign/engine/values/go-format";
import {
  dropTagIfDigested,
  type ImageReference,
  parseNamedReference,
  toImageReference,
} from "@countersign/engine/values/image-reference";
import type { Image } from "@countersign/sources/cri/generated/cri_pb";
import { namesOf } from "../pull/verified-image.ts";
import type { CreatedImage } from "./create-request.ts";

/** Under which names an image has to be allowed. */
export interface AskedNames {
  /** unnamed: nobody says what the pod calls it, and any name the runtime has for it may be the one */
  readonly type: "named" | "unnamed";
  readonly names: readonly ImageReference[];
}

/**
 * The name in the pod's spec, which the kubelet passes on as it was written: it gets `docker.io` and `latest` here as it
 * got them when it was pulled. Kubelets before 1.28 and crictl say none; whoever calls the image by a name and not by
 * its id has said it all the same.
 * @throws CountersignError REFERENCE_INVALID
 */
export function askedNames({ spec }: CreatedImage, present: Image): AskedNames {
  if (spec.userSpecifiedImage !== "") return { type: "named", names: [parse(spec.userSpecifiedImage)] };
  if (!isId(spec.image, present)) return { type: "named", names: [parse(spec.image)] };
  return {
    type: "unnamed",
    names: namesOf(present).map((name) => toImageReference(dropTagIfDigested(name))),
  };
}

/** Both runtimes take the beginning of an id for the id; such a text is a name to anybody else. */
function isId(text: string, { id }: Image): boolean {
  const hex = (name: string) => name.replace(/^sha256:/, "");
  return text !== "" && hex(id).startsWith(hex(text));
}

function parse(text: string): ImageReference {
  try {
    return toImageReference(dropTagIfDigested(parseNamedReference(text)));
  } catch (cause) {
    const { message } = CountersignError.from(cause);
    throw new CountersignError(
      "REFERENCE_INVALID",
      `couldn't parse image name ${quote(text.slice(0, 300))}: ${message}`,
      { cause },
    );
  }
}
