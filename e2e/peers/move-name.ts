import { setTimeout as delay } from "node:timers/promises";
import { WireType } from "@bufbuild/protobuf/wire";
import type { CriClient } from "@countersign/testkit/cri-client/cri-client";
import type { Containerd } from "./containerd.ts";
import { askContainerd, fieldOf, messageOf } from "./containerd-api.ts";

/**
 * Moves an image's name to what another name points to, so that CRI's own books do not know of it for two seconds and more.
 * They hear of moved names by messages; those about a name of which one could not be handled wait for a second, and then for
 * twice as long each time (internal/cri/server/events/events.go, pkg/cri/server/events.go of 1.6). So the name points to
 * something that is not there first, until that message has failed twice.
 */
export async function moveNameUnseen(
  containerd: Containerd,
  direct: CriClient,
  name: string,
  to: string,
): Promise<void> {
  const failures = async () => (await containerd.log()).split("Failed to handle backOff event").length;
  const before = await failures();
  await point(direct, name, nothing);
  while ((await failures()) === before) await delay(20);
  await point(direct, name, await targetOf(direct, to));
}

const images = "/containerd.services.images.v1.Images";

/** A descriptor of something that nobody has. Numbers here and below from containerd api/types/descriptor.proto, services/images/v1/images.proto. */
const nothing = messageOf([1, "application/vnd.oci.image.manifest.v1+json"], [2, `sha256:${"0".repeat(64)}`])
  .tag(3, WireType.Varint)
  .int64(1)
  .finish();

async function targetOf(direct: CriClient, name: string): Promise<Uint8Array> {
  const answer = await askContainerd(direct, `${images}/Get`, messageOf([1, name]));
  return fieldOf(fieldOf(answer, 1), 3);
}

async function point(direct: CriClient, name: string, target: Uint8Array): Promise<void> {
  const image = messageOf([1, name], [3, target]).finish();
  const mask = messageOf([1, "target"]).finish();
  await askContainerd(direct, `${images}/Update`, messageOf([1, image], [2, mask]));
}
