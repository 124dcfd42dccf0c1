import { BinaryReader, BinaryWriter } from "@bufbuild/protobuf/wire";
import type { CriClient } from "@countersign/testkit/cri-client/cri-client";

/**
 * CRI's two ways to run a command in a container. Countersign never reads their messages, which is why they are not
 * in its own .proto; here they prove that what it does not know passes it whole. Numbers from kubernetes/cri-api
 * pkg/apis/runtime/v1/api.proto.
 */
export interface CommandResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

const execSync = "/runtime.v1.RuntimeService/ExecSync";
const exec = "/runtime.v1.RuntimeService/Exec";
const [varint, lengthDelimited] = [0, 2];

/** Runs the image's busybox in a container to its end. */
export async function runBusybox(
  cri: CriClient,
  containerId: string,
  ...args: string[]
): Promise<CommandResult> {
  const request = commandFields(containerId, args);
  const fields = readFields(await cri.callBytes(execSync, request.finish()));
  return {
    stdout: new TextDecoder().decode(fields.bytes.get(1)),
    stderr: new TextDecoder().decode(fields.bytes.get(2)),
    exitCode: fields.numbers.get(3) ?? 0,
  };
}

/** Where the runtime's streaming server waits for whoever wants this command's stdout. */
export async function openBusybox(cri: CriClient, containerId: string, ...args: string[]): Promise<string> {
  const request = commandFields(containerId, args).tag(5, varint).bool(true);
  const fields = readFields(await cri.callBytes(exec, request.finish()));
  return new TextDecoder().decode(fields.bytes.get(1));
}

function commandFields(containerId: string, args: readonly string[]): BinaryWriter {
  const writer = new BinaryWriter().tag(1, lengthDelimited).string(containerId);
  for (const argument of ["/bin/busybox", ...args]) writer.tag(2, lengthDelimited).string(argument);
  return writer;
}

function readFields(message: Uint8Array) {
  const bytes = new Map<number, Uint8Array>();
  const numbers = new Map<number, number>();
  const reader = new BinaryReader(message);
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (wireType === lengthDelimited) bytes.set(field, reader.bytes());
    else if (wireType === varint) numbers.set(field, reader.int32());
    else reader.skip(wireType);
  }
  return { bytes, numbers };
}
