import { BinaryReader, BinaryWriter } from "@bufbuild/protobuf/wire";

/**
 * The messages of CRI's two ways to run a command in a container. Countersign never reads them, which is why they are
 * not in its own .proto; they are here to prove that what it does not know passes it whole. Numbers from
 * kubernetes/cri-api pkg/apis/runtime/v1/api.proto.
 */
export interface Command {
  readonly containerId: string;
  readonly command: readonly string[];
}

export interface CommandResult {
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
  readonly exitCode: number;
}

const lengthDelimited = 2;

export function encodeExecSyncRequest({ containerId, command }: Command): Uint8Array {
  return commandFields({ containerId, command }).finish();
}

/** An Exec that wants the command's stdout, and nothing to type into it. */
export function encodeExecRequest(command: Command): Uint8Array {
  return commandFields(command).tag(5, 0).bool(true).finish();
}

function commandFields({ containerId, command }: Command): BinaryWriter {
  const writer = new BinaryWriter().tag(1, lengthDelimited).string(containerId);
  for (const argument of command) writer.tag(2, lengthDelimited).string(argument);
  return writer;
}

export function decodeExecSyncResponse(message: Uint8Array): CommandResult {
  let stdout: Uint8Array = new Uint8Array();
  let stderr: Uint8Array = new Uint8Array();
  let exitCode = 0;
  const reader = new BinaryReader(message);
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (field === 1) stdout = reader.bytes();
    else if (field === 2) stderr = reader.bytes();
    else if (field === 3) exitCode = reader.int32();
    else reader.skip(wireType);
  }
  return { stdout, stderr, exitCode };
}

/** Where the runtime's streaming server waits for whoever asked. */
export function decodeExecResponse(message: Uint8Array): { readonly url: string } {
  let url = "";
  const reader = new BinaryReader(message);
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (field === 1) url = reader.string();
    else reader.skip(wireType);
  }
  return { url };
}
