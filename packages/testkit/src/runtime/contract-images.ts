import { digestOf } from "@countersign/engine/values/digest";
import type { ContractImage } from "../contracts/cri-runtime.contract.ts";
import type { ResolvedImage } from "./image-store.ts";

const id = digestOf(Buffer.from("the config of both"));

/** What {@link criRuntimeContract} pulls, for a runtime without a registry. */
export const contractImages: {
  readonly app: ContractImage;
  readonly twin: ContractImage;
  readonly emptyRepository: string;
} = {
  app: { repository: "registry.example/app", tag: "v1", digest: digestOf(Buffer.from("an index")), id },
  twin: { repository: "registry.example/twin", tag: "v2", digest: digestOf(Buffer.from("a manifest")), id },
  emptyRepository: "registry.example/empty",
};

export const contractRegistry: ReadonlyMap<string, ResolvedImage> = new Map(
  [contractImages.app, contractImages.twin].map(({ repository, tag, digest }) => [
    `${repository}:${tag}`,
    { digest, configDigest: id, size: 42n },
  ]),
);
