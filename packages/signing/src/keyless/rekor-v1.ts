import { hash } from "node:crypto";
import { envelopeJson } from "../formats/envelope.ts";
import { verifierPem } from "../signing-party.ts";
import type { LogReceipt, TransparencyLog } from "../witness.ts";
import {
  type AnswerJson,
  answerJson,
  integerOf,
  itemsOf,
  needed,
  onlyMember,
  textOf,
  unexpected,
} from "./answer-json.ts";
import { below, jsonRequest, type ServiceClient, succeeded } from "./service-client.ts";

const service = "Rekor";

/**
 * Rekor v1: `hashedrekord` for payloads, `dsse` for envelopes. What it has already is fetched.
 * Source: sigstore/rekor openapi.yaml; protobuf-specs sigstore_rekor.proto for what becomes of it.
 * @param url - below which `/api/v1/log/entries` is
 */
export function rekorV1(url: URL, services: ServiceClient): TransparencyLog {
  const take = async (entry: object, signal: AbortSignal): Promise<LogReceipt> => {
    const request = jsonRequest(service, below(url, "api/v1/log/entries"), entry);
    const answer = await services.ask(request, signal);
    if (answer.status !== 409) return receipt(answerJson(succeeded(answer, request), service));
    const location = answer.headers["location"];
    const known = typeof location === "string" ? URL.parse(location, request.url.href) : null;
    if (known === null || known.origin !== url.origin) {
      return unexpected("answer", service, "it has the entry, and does not say where");
    }
    const { body: _body, ...rest } = request;
    const question = { ...rest, method: "GET", url: known } as const;
    const found = succeeded(await services.ask(question, signal), question);
    return receipt(answerJson(found, service));
  };
  return {
    givesPromises: true,
    hashFor: () => "sha256",
    takeMessage: ({ message, signature }, party, signal) =>
      take(
        {
          apiVersion: "0.0.1",
          kind: "hashedrekord",
          spec: {
            data: { hash: { algorithm: "sha256", value: hash("sha256", message) } },
            signature: { content: base64(signature), publicKey: { content: base64(verifierPem(party)) } },
          },
        },
        signal,
      ),
    takeEnvelope: (envelope, party, signal) =>
      take(
        {
          apiVersion: "0.0.1",
          kind: "dsse",
          spec: {
            proposedContent: {
              envelope: JSON.stringify(envelopeJson(envelope)),
              verifiers: [base64(verifierPem(party))],
            },
          },
        },
        signal,
      ),
  };
}

function receipt(answer: AnswerJson): LogReceipt {
  const entry = onlyMember(answer);
  const body = textOf(needed(entry, "body"));
  const [integratedTime, logIndex] = [
    integerOf(needed(entry, "integratedTime")),
    integerOf(needed(entry, "logIndex")),
  ];
  const logID = needed(entry, "logID");
  const verification = needed(entry, "verification");
  const proof = needed(verification, "inclusionProof");
  const signedEntryTimestamp = textOf(needed(verification, "signedEntryTimestamp"));
  return {
    entry: {
      logIndex,
      logId: { keyId: bytesOf(logID) },
      kindVersion: kindOf(needed(entry, "body")),
      integratedTime,
      inclusionPromise: { signedEntryTimestamp },
      inclusionProof: {
        logIndex: integerOf(needed(proof, "logIndex")),
        rootHash: bytesOf(needed(proof, "rootHash")),
        treeSize: integerOf(needed(proof, "treeSize")),
        hashes: itemsOf(needed(proof, "hashes")).map(bytesOf),
        checkpoint: { envelope: textOf(needed(proof, "checkpoint")) },
      },
      canonicalizedBody: body,
    },
    // numbers as they came: JSON has no other way to write a log index beyond 2^53
    promise: `{"SignedEntryTimestamp":${JSON.stringify(signedEntryTimestamp)},"Payload":{"body":${JSON.stringify(body)},"integratedTime":${integratedTime},"logIndex":${logIndex},"logID":${JSON.stringify(textOf(logID))}}}`,
  };
}

function kindOf(body: AnswerJson): { readonly kind: string; readonly version: string } {
  const json = answerJson(Buffer.from(textOf(body), "base64"), service);
  return { kind: textOf(needed(json, "kind")), version: textOf(needed(json, "apiVersion")) };
}

function base64(bytes: Uint8Array | string): string {
  return Buffer.from(bytes).toString("base64");
}

/** Hexadecimal here, base64 in bundles. */
function bytesOf(hex: AnswerJson): string {
  const text = textOf(hex);
  if (!/^(?:[0-9a-f]{2})+$/.test(text))
    return unexpected(hex.path, service, "hexadecimal digits are expected");
  return Buffer.from(text, "hex").toString("base64");
}
