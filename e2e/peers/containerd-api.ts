import { BinaryReader, BinaryWriter } from "@bufbuild/protobuf/wire";
import type { CriClient } from "@countersign/testkit/cri-client/cri-client";
import { Metadata } from "@grpc/grpc-js";

export const lengthDelimited = 2;

/** One call to containerd's own API, in the namespace in which CRI keeps its things. */
export async function askContainerd(
  direct: CriClient,
  path: string,
  request: BinaryWriter,
): Promise<Uint8Array> {
  const metadata = new Metadata();
  metadata.set("containerd-namespace", "k8s.io");
  return await direct.callBytes(path, request.finish(), { metadata });
}

/** The first field of a number, delimited by its length. */
export function fieldOf(message: Uint8Array, wanted: number): Uint8Array {
  const reader = new BinaryReader(message);
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (field === wanted && wireType === lengthDelimited) return reader.bytes();
    reader.skip(wireType);
  }
  throw new Error(`there is no field ${wanted} in the answer`);
}

/** A message of fields that are texts or messages. */
export function messageOf(...fields: readonly (readonly [number, string | Uint8Array])[]): BinaryWriter {
  const message = new BinaryWriter();
  for (const [number, value] of fields) {
    message.tag(number, lengthDelimited);
    if (typeof value === "string") message.string(value);
    else message.bytes(value);
  }
  return message;
}
