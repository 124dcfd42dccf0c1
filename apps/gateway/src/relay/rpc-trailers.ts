import { type RpcStatus, rpcCode } from "../gate.ts";
import { type HeaderField, literalField } from "./header-field.ts";
import { staticTable } from "./static-table.ts";

const statusOk = staticTable.find(({ name, value }) => name === ":status" && value === "200") as HeaderField;
const contentType = literalField("content-type", "application/grpc");
const ok = literalField("grpc-status", String(rpcCode.ok));

/** The headers of an answer that is given here, before its message. */
export function answerHead(metadata: readonly (readonly [string, string])[]): readonly HeaderField[] {
  return [statusOk, contentType, ...metadata.map(([name, value]) => literalField(name, value))];
}

export const okTrailers: readonly HeaderField[] = [ok];

/** A status as the trailers of a stream that has already had its headers. */
export function statusTrailers(status: RpcStatus): readonly HeaderField[] {
  const fields = [literalField("grpc-status", String(status.code))];
  if (status.message !== "") fields.push(literalField("grpc-message", percentEncode(status.message)));
  if (status.detailsBin !== undefined) {
    // Without padding, as gRPC asks senders to do; receivers accept both.
    const details = Buffer.from(status.detailsBin).toString("base64").replace(/=+$/, "");
    fields.push(literalField("grpc-status-details-bin", details));
  }
  return fields;
}

/** A whole answer in one header block ("Trailers-Only"). */
export function trailersOnly(status: RpcStatus): readonly HeaderField[] {
  return [statusOk, contentType, ...statusTrailers(status)];
}

/** gRPC over HTTP/2, "Status-Message": UTF-8, where all but printable ASCII, and `%`, is written as %XX. */
export function percentEncode(text: string): string {
  let encoded = "";
  for (const byte of Buffer.from(text, "utf8")) {
    encoded +=
      byte >= 0x20 && byte <= 0x7e && byte !== 0x25
        ? String.fromCharCode(byte)
        : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return encoded;
}

/** Undoes {@link percentEncode}. What is not an escape stays as it is: a broken message is better than none. */
export function percentDecode(text: string): string {
  const bytes = text.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Buffer.from(bytes, "latin1").toString("utf8");
}
