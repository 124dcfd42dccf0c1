import type { CriClient } from "@countersign/testkit/cri-client/cri-client";
import { askContainerd, fieldOf, messageOf } from "./containerd-api.ts";

/**
 * What a container really has in it: the chain id of the layers below its own, as containerd's snapshotter keeps it. CRI
 * tells what it was asked for. Numbers from containerd api/services/snapshots/v1/snapshots.proto.
 */
export async function layersOf(direct: CriClient, containerId: string): Promise<string> {
  const request = messageOf([1, "overlayfs"], [2, containerId]);
  const answer = await askContainerd(direct, "/containerd.services.snapshots.v1.Snapshots/Stat", request);
  return new TextDecoder().decode(fieldOf(fieldOf(answer, 1), 2));
}
