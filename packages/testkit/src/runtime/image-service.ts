import { statfs } from "node:fs/promises";
import type { MessageInitShape } from "@bufbuild/protobuf";
import * as cri from "@countersign/sources/cri/generated/cri_pb";
import type { ImageStore, StoredImage } from "./image-store.ts";
import { type Methods, unary } from "./method.ts";
import type { ImageResolver } from "./resolve-image.ts";

export function imageService(images: ImageStore, resolve: ImageResolver): Methods {
  return {
    "/runtime.v1.ImageService/PullImage": unary(
      cri.PullImageRequestSchema,
      cri.PullImageResponseSchema,
      async ({ image, auth }) => {
        const name = image?.image ?? "";
        const resolved = await resolve(name, auth);
        images.add(name, resolved);
        return { imageRef: resolved.configDigest };
      },
    ),
    "/runtime.v1.ImageService/ImageStatus": unary(
      cri.ImageStatusRequestSchema,
      cri.ImageStatusResponseSchema,
      ({ image }) => {
        const found = images.find(image?.image ?? "");
        return found === undefined ? {} : { image: message(found) };
      },
    ),
    "/runtime.v1.ImageService/ListImages": unary(
      cri.ListImagesRequestSchema,
      cri.ListImagesResponseSchema,
      ({ filter }) => {
        const name = filter?.image?.image ?? "";
        const found = name === "" ? images.list() : [images.find(name)].flatMap((image) => image ?? []);
        return { images: found.map(message) };
      },
    ),
    "/runtime.v1.ImageService/RemoveImage": unary(
      cri.RemoveImageRequestSchema,
      cri.RemoveImageResponseSchema,
      ({ image }) => {
        images.remove(image?.image ?? "");
        return {};
      },
    ),
    "/runtime.v1.ImageService/ImageFsInfo": unary(
      cri.ImageFsInfoRequestSchema,
      cri.ImageFsInfoResponseSchema,
      async () => {
        const { blocks, bfree, bsize } = await statfs("/");
        const usedBytes = { value: BigInt(blocks - bfree) * BigInt(bsize) };
        const timestamp = BigInt(Date.now()) * 1_000_000n;
        return { imageFilesystems: [{ timestamp, fsId: { mountpoint: "/" }, usedBytes }] };
      },
    ),
  };
}

/** A kubelet takes an image without an id or of size 0 for an error. */
function message({ id, size, repoTags, repoDigests }: StoredImage): MessageInitShape<typeof cri.ImageSchema> {
  return { id, size: size === 0n ? 1n : size, repoTags: [...repoTags], repoDigests: [...repoDigests] };
}
