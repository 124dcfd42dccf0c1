import { hash, randomBytes } from "node:crypto";
import { derTag } from "@countersign/engine/signature/der";
import { encodeDer, encodeOid, encodeUnsignedInteger } from "@countersign/engine/signature/der-write";
import { parseTimestamp } from "@countersign/engine/signature/sigstore/parse-timestamp";
import type { TimestampInfo } from "@countersign/engine/signature/sigstore/timestamp-info";
import { CountersignError } from "@countersign/engine/values/error";
import type { TimestampAuthority } from "../witness.ts";
import { type ServiceClient, serviceFailed, succeeded } from "./service-client.ts";

const service = "the timestamp authority";

/**
 * A timestamp authority of RFC 3161, asked by HTTP (its section 3.4).
 * @param url - to which its requests go
 */
export function timestampAuthority(url: URL, services: ServiceClient): TimestampAuthority {
  return {
    async stamp(signature, signal) {
      const digest = hash("sha256", signature, "buffer");
      const nonce = encodeUnsignedInteger(randomBytes(8));
      const request = {
        service,
        url,
        method: "POST",
        headers: { "content-type": "application/timestamp-query", accept: "application/timestamp-reply" },
        body: timestampRequest(digest, nonce),
      } as const;
      const response = succeeded(await services.ask(request, signal), request);
      requireStampOf(digest, nonce, response);
      return response;
    },
  };
}

/** RFC 3161, section 2.4.1: version 1, SHA-256, a nonce, and the authority's certificate shall come along. */
function timestampRequest(digest: Uint8Array, nonce: Uint8Array): Uint8Array {
  const sha256 = encodeDer(
    derTag.sequence,
    encodeOid("2.16.840.1.101.3.4.2.1"),
    Buffer.from([derTag.null, 0]),
  );
  return encodeDer(
    derTag.sequence,
    encodeUnsignedInteger(Buffer.from([1])),
    encodeDer(derTag.sequence, sha256, encodeDer(derTag.octetString, digest)),
    nonce,
    Buffer.from([0x01, 0x01, 0xff]),
  );
}

/**
 * Whether it is to be believed is for those who verify; that it is about something else is told now. So is an answer to
 * another question, which somebody may have kept: RFC 3161, section 2.4.1, has one without the nonce refused.
 */
function requireStampOf(digest: Uint8Array, nonce: Uint8Array, response: Uint8Array): void {
  const { imprint, nonce: answered } = parsed(response);
  if (imprint.algorithm !== "sha256" || Buffer.compare(imprint.value, digest) !== 0)
    throw serviceFailed(`${service} stamped something else`);
  if (answered === undefined || Buffer.compare(encodeDer(derTag.integer, answered), nonce) !== 0)
    throw serviceFailed(`${service} answered another request: the nonce that was sent is not in its answer`);
}

function parsed(response: Uint8Array): TimestampInfo {
  try {
    return parseTimestamp(response).info;
  } catch (caught) {
    throw serviceFailed(`${service} answered something unexpected: ${CountersignError.from(caught).message}`);
  }
}
