import {
  type CallMetadata,
  type RpcStatus,
  type RuntimeAnswer,
  type RuntimeClient,
  rpcCode,
} from "../gate.ts";
import type { Forwarder } from "../relay/forwarder.ts";
import { errorCode } from "../relay/frame.ts";
import { frameMessage } from "../relay/grpc-message.ts";
import type { HeaderField } from "../relay/header-field.ts";
import { percentDecode } from "../relay/rpc-trailers.ts";
import { callRuntime } from "./runtime-call.ts";
import type { RuntimeEndpoint } from "./runtime-endpoint.ts";
import { openRuntimeSession } from "./runtime-session.ts";

/** Answers to calls of ours (ImageStatus, ListImages, PullImage) are far below; CRI-O's own limit is 80 MiB. */
const maxAnswerBytes = 80 * 1024 * 1024;

/** Fields that describe the caller's hop or its message, not the call; ours has its own. */
const ownFields: ReadonlySet<string> = new Set([
  "content-type",
  "content-length",
  "te",
  "user-agent",
  "grpc-timeout",
  "grpc-encoding",
  "grpc-accept-encoding",
  "host",
]);

/** Everything this program itself sends to the runtime, over one connection that is made anew when it ended. */
export interface Runtime extends RuntimeClient, Forwarder {
  /** Lets calls under way finish; later ones would connect again. */
  close(): void;
}

export function openRuntime(endpoint: RuntimeEndpoint): Runtime {
  const session = openRuntimeSession(endpoint);
  const endpointUrl = endpoint.url;
  return {
    unary(path, message, metadata, signal) {
      const headers = unaryHeaders(path, metadata);
      const body = frameMessage(message);
      return collect(callRuntime({ session, endpointUrl, headers, body, signal }));
    },
    forward(fields, body, signal) {
      const headers = fields.flatMap(({ name, value }) => [name, value]);
      return callRuntime({ session, endpointUrl, headers, body, signal });
    },
    close() {
      session.close();
    },
  };
}

function unaryHeaders(path: string, metadata: CallMetadata): readonly string[] {
  const passed = metadata.filter(([name]) => !ownFields.has(name) && !name.startsWith(":"));
  return [
    ...[":method", "POST", ":scheme", "http", ":path", path, ":authority", "localhost"],
    ...["content-type", "application/grpc", "te", "trailers", "user-agent", "countersign"],
    ...passed.flat(),
  ];
}

async function collect(parts: ReturnType<typeof callRuntime>): Promise<RuntimeAnswer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const part of parts) {
    switch (part.type) {
      case "headers": {
        const fault = httpFault(part.fields);
        if (fault !== undefined) return { type: "status", status: fault };
        if (part.end) return answer(part.fields, chunks);
        break;
      }
      case "data":
        bytes += part.bytes.length;
        if (bytes > maxAnswerBytes)
          return status(
            rpcCode.resourceExhausted,
            `the runtime's answer is larger than ${maxAnswerBytes} bytes`,
          );
        chunks.push(part.bytes);
        break;
      case "trailers":
        return answer(part.fields, chunks);
      case "reset":
        return status(resetCode(part.code), `the runtime reset the call (HTTP/2 error ${part.code})`);
      case "failed":
        return { type: "status", status: part.status };
    }
  }
  return status(rpcCode.internal, "the runtime's answer ended without a status");
}

function answer(trailers: readonly HeaderField[], chunks: readonly Buffer[]): RuntimeAnswer {
  const rpcStatus = readStatus(trailers);
  if (rpcStatus.code !== rpcCode.ok) return { type: "status", status: rpcStatus };
  const body = Buffer.concat(chunks);
  if (body.length < 5 || body[0] !== 0 || body.readUInt32BE(1) !== body.length - 5)
    return status(rpcCode.internal, "the runtime's answer is not one uncompressed message");
  return { type: "ok", message: body.subarray(5) };
}

function readStatus(trailers: readonly HeaderField[]): RpcStatus {
  const value = (name: string) => trailers.find((field) => field.name === name)?.value;
  const code = value("grpc-status") ?? "";
  if (!/^\d{1,2}$/.test(code))
    return { code: rpcCode.unknown, message: "the runtime's answer has no gRPC status" };
  const message = percentDecode(value("grpc-message") ?? "");
  const details = value("grpc-status-details-bin");
  if (details === undefined) return { code: Number(code), message };
  return { code: Number(code), message, detailsBin: Buffer.from(details, "base64") };
}

/** An answer that is not gRPC's at all (gRPC, "HTTP to gRPC Status Code Mapping"). */
function httpFault(fields: readonly HeaderField[]): RpcStatus | undefined {
  const httpStatus = fields.find(({ name }) => name === ":status")?.value;
  if (httpStatus === "200" || fields.some(({ name }) => name === "grpc-status")) return undefined;
  const retryable = ["429", "502", "503", "504"].includes(httpStatus ?? "");
  return {
    code: retryable ? rpcCode.unavailable : rpcCode.unknown,
    message: `the runtime answered with HTTP status ${httpStatus}; is it a CRI endpoint?`,
  };
}

/** gRPC over HTTP/2, "Errors". */
function resetCode(code: number): number {
  switch (code) {
    case errorCode.refusedStream:
      return rpcCode.unavailable;
    case errorCode.cancel:
      return rpcCode.cancelled;
    case errorCode.enhanceYourCalm:
      return rpcCode.resourceExhausted;
    default:
      return rpcCode.internal;
  }
}

function status(code: number, message: string): RuntimeAnswer {
  return { type: "status", status: { code, message } };
}
