import { frameType, windowUpdate } from "@countersign/gateway/relay/frame";
import { frameMessage } from "@countersign/gateway/relay/grpc-message";
import { dataFrame, frameOf, requestHeaders } from "@countersign/gateway/testing/frame-caller";

/** What a caller says that would take as much as there is at one time: as large windows as HTTP/2 has. */
export const wide: readonly Buffer[] = [
  frameOf(frameType.settings, 0, 0, Buffer.of(0, 4, 0x7f, 0xff, 0xff, 0xff)),
  windowUpdate(0, 2 ** 30),
];

/** @param isWhole else its last byte is never sent */
export function rawCall(stream: number, path: string, message: Buffer, isWhole = true): Buffer {
  const body = frameMessage(message);
  return Buffer.concat([
    requestHeaders(stream, path),
    dataFrame(stream, isWhole ? body : body.subarray(0, -1), isWhole),
  ]);
}

/** As many calls as a caller may have under way and never reads the answers of: a quarter of a megabyte each. */
export function bulkyCalls(bulkyPod: string): readonly Buffer[] {
  const asked = Buffer.concat([Buffer.of(10, bulkyPod.length), Buffer.from(bulkyPod)]);
  return Array.from({ length: 8 }, (_, at) =>
    rawCall(2 * at + 1, "/runtime.v1.RuntimeService/PodSandboxStatus", asked),
  );
}
