import { BinaryReader, BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import type { CriClient } from "@countersign/testkit/cri-client/cri-client";
import { Metadata } from "@grpc/grpc-js";
import { idOfLayer } from "./images.ts";

/** Tells what is really in a container of containerd's. */
export interface ContainerContents {
  /** @returns the id of the image whose one layer it was made on, which its status need not show */
  of(containerId: string): Promise<string>;
}

/**
 * Asks containerd's own API for the snapshot that a container was made on: `ContainerStatus` shows the id that was asked
 * for, whatever its name meant when it was looked up.
 */
export function containerContents(client: CriClient): ContainerContents {
  const metadata = new Metadata();
  metadata.set("containerd-namespace", "k8s.io");
  const call = async (path: string, fields: readonly (readonly [number, string])[]): Promise<Uint8Array> => {
    const request = new BinaryWriter();
    for (const [number, text] of fields) request.tag(number, WireType.LengthDelimited).string(text);
    return await client.callBytes(path, request.finish(), { metadata });
  };
  return {
    async of(containerId) {
      // GetContainerResponse.container; Container.snapshotter and .snapshot_key (containers.proto)
      const container = field(
        await call("/containerd.services.containers.v1.Containers/Get", [[1, containerId]]),
        1,
      );
      const snapshotter = textOf(field(container, 6));
      const key = textOf(field(container, 7));
      // StatSnapshotResponse.info; Info.parent (snapshots.proto): of one layer the chain's id is the layer's.
      const info = field(
        await call("/containerd.services.snapshots.v1.Snapshots/Stat", [
          [1, snapshotter],
          [2, key],
        ]),
        1,
      );
      const layer = textOf(field(info, 2));
      return idOfLayer(layer) ?? `an image of the layer ${layer}`;
    },
  };
}

/** The last one of a number, all of which are delimited by their length here. */
function field(message: Uint8Array, number: number): Uint8Array {
  const reader = new BinaryReader(message);
  let found: Uint8Array = new Uint8Array();
  while (reader.pos < reader.len) {
    const [at, type] = reader.tag();
    if (at === number && type === WireType.LengthDelimited) found = reader.bytes();
    else reader.skip(type);
  }
  return found;
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString();
}
