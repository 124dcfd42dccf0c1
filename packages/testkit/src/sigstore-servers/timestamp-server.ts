import { DerReader, derTag } from "@countersign/engine/signature/der";
import { type FaultyServer, startFaultyServer } from "../registry/faulty-server.ts";
import { answer, type RegistryAnswer } from "../registry/registry-answer.ts";
import type { TimestampAuthority } from "../signing-kit/sigstore/timestamp-authority.ts";
import type { HashName, TimestampImprint } from "../signing-kit/sigstore/timestamp-response.ts";
import { bytesAt, refusal, requestJson, textAt, valueAt } from "./request-json.ts";

/**
 * A timestamp authority's `POST /api/v1/timestamp`, as sigstore's takes it: a TimeStampReq in DER (RFC 3161 §3.4), or
 * the same in JSON.
 * @param now seconds since 1970: what its clock says
 */
export function startTimestampServer(authority: TimestampAuthority, now: number): Promise<FaultyServer> {
  return startFaultyServer(({ method, path, headers, body }, bytes) => {
    if (path !== "/api/v1/timestamp") return refusal(404, "Not Found");
    if (method !== "POST") return refusal(405, "Method Not Allowed");
    const isJson = String(headers["content-type"]).startsWith("application/json");
    const query = isJson ? jsonQuery(requestJson(body)) : derQuery(bytes);
    if (query === undefined) return refusal(400, "Error generating timestamp response");
    return stamped(authority, now, query);
  });
}

interface TimestampQuery {
  readonly imprint: TimestampImprint;
  readonly nonce: Uint8Array | undefined;
  readonly withCertificate: boolean;
}

function stamped(authority: TimestampAuthority, now: number, query: TimestampQuery): RegistryAnswer {
  const { imprint, nonce, withCertificate } = query;
  const changes = nonce === undefined ? { withCertificate } : { withCertificate, nonce };
  const response = authority.stampDigest(imprint, now, changes);
  return answer(201, { "content-type": "application/timestamp-reply" }, response);
}

function jsonQuery(asked: unknown): TimestampQuery | undefined {
  const algorithm = textAt(asked, "hashAlgorithm");
  if (!isHash(algorithm)) return undefined;
  const nonce = valueAt(asked, "nonce");
  return {
    imprint: { algorithm, digest: bytesAt(asked, "artifactHash") },
    nonce: typeof nonce === "number" ? Buffer.from(nonce.toString(16).padStart(16, "0"), "hex") : undefined,
    withCertificate: valueAt(asked, "certificates") === true,
  };
}

const hashNames: Readonly<Record<string, HashName>> = {
  "2.16.840.1.101.3.4.2.1": "sha256",
  "2.16.840.1.101.3.4.2.2": "sha384",
  "2.16.840.1.101.3.4.2.3": "sha512",
};

function isHash(name: string): name is HashName {
  return Object.values(hashNames).includes(name as HashName);
}

function derQuery(bytes: Uint8Array): TimestampQuery | undefined {
  const request = new DerReader(bytes).enter(derTag.sequence);
  const version = request?.int64();
  const imprint = request?.enter(derTag.sequence);
  const algorithm = hashNames[imprint?.enter(derTag.sequence)?.oid() ?? ""];
  const digest = imprint?.content(derTag.octetString);
  if (request === undefined || version !== 1n || algorithm === undefined || digest === undefined)
    return undefined;
  request.element(derTag.oid); // the policy, which is up to us
  const nonce = request.integer();
  return { imprint: { algorithm, digest }, nonce, withCertificate: request.boolean() === true };
}
