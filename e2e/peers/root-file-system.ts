import { BinaryReader, BinaryWriter } from "@bufbuild/protobuf/wire";
import type { CriClient } from "@countersign/testkit/cri-client/cri-client";
import { Metadata } from "@grpc/grpc-js";

const statSnapshot = "/containerd.services.snapshots.v1.Snapshots/Stat";
const lengthDelimited = 2;

/**
 * What a container really has in it: the chain id of the layers below its own, as containerd's snapshotter keeps it. CRI
 * tells what it was asked for. Numbers from containerd api/services/snapshots/v1/snapshots.proto.
 */
export async function layersOf(direct: CriClient, containerId: string): Promise<string> {
  const metadata = new Metadata();
  metadata.set("containerd-namespace", "k8s.io");
  const request = new BinaryWriter()
    .tag(1, lengthDelimited)
    .string("overlayfs")
    .tag(2, lengthDelimited)
    .string(containerId);
  const answer = fieldOf(await direct.callBytes(statSnapshot, request.finish(), { metadata }), 1);
  return new TextDecoder().decode(fieldOf(answer, 2));
}

function fieldOf(message: Uint8Array, wanted: number): Uint8Array {
  const reader = new BinaryReader(message);
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (field === wanted && wireType === lengthDelimited) return reader.bytes();
    reader.skip(wireType);
  }
  throw new Error(`there is no field ${wanted} in the answer`);
}
