import { listMember, objectMember, textMember } from "./json-members.ts";
import type { PlacedPodSpec } from "./pod-spec.ts";

/** An image that a pod would bring to a node. */
export interface ImageUse {
  /** `spec.initContainers[0].image` */
  readonly path: string;
  /** RFC 6901: `/spec/initContainers/0/image` */
  readonly pointer: string;
  /** as written; `""` if nothing is, which a template may leave to others */
  readonly image: string;
}

const containerLists = ["initContainers", "containers", "ephemeralContainers"] as const;

/**
 * Every image of a pod: of its containers of all kinds, and of volumes that are images.
 * Source: k8s.io/api core/v1, PodSpec and ImageVolumeSource.
 * @throws CountersignError REVIEW_INVALID
 */
export function imageUses({ spec, path }: PlacedPodSpec): readonly ImageUse[] {
  const pointer = `/${path.replaceAll(".", "/")}`;
  const ofContainers = containerLists.flatMap((list) =>
    listMember(spec, list, path).map((container, at) => ({
      path: `${path}.${list}[${at}].image`,
      pointer: `${pointer}/${list}/${at}/image`,
      image: textMember(container, "image", `${path}.${list}[${at}]`),
    })),
  );
  const ofVolumes = listMember(spec, "volumes", path).flatMap((volume, at) => {
    const place = `${path}.volumes[${at}]`;
    const source = objectMember(volume, "image", place);
    if (source === undefined) return [];
    const image = textMember(source, "reference", `${place}.image`);
    return [{ path: `${place}.image.reference`, pointer: `${pointer}/volumes/${at}/image/reference`, image }];
  });
  return [...ofContainers, ...ofVolumes];
}
