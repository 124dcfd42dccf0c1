import { isUtf8 } from "node:buffer";
import { readBytes, readInt64, readString } from "../../values/go-value.ts";
import { decodeBase64 } from "../../values/strict-base64.ts";
import { type Json, parseJson } from "../../values/strict-json.ts";
import { readExactObject, readRaw } from "../../values/strict-object.ts";
import { maxAnnotated, pemBlocks } from "../certificates-pem.ts";
import { cosignAnnotation } from "../cosign-annotation.ts";
import { refuse, refusing } from "../invalid.ts";
import { readEnvelope, refuseExcess } from "./parse-bundle.ts";
import { refuseAt } from "./protojson.ts";
import type { ClaimedSigner, LogEntry, SignedContent, SignedEntity } from "./signed-entity.ts";

/** A layer of a cosign `.sig` or `.att` manifest. */
export interface CosignAttachment {
  readonly mediaType: string;
  readonly payload: Uint8Array;
  readonly annotations: ReadonlyMap<string, string>;
}

/**
 * Reads what cosign stored before there were bundles. A signature's payload is its layer, so whoever verifies it gives
 * the layer as the artifact; an attestation brings its payload in its envelope.
 * Source: cosign pkg/oci/internal/signature/layer.go, specs/SIGNATURE_SPEC.md and ATTESTATION_SPEC.md.
 * @throws CountersignError SIGNATURE_INVALID, naming the annotation
 */
export function cosignEntity(attachment: CosignAttachment): SignedEntity {
  const { annotations } = attachment;
  const bundle = annotations.get(cosignAnnotation.bundle);
  const timestamp = annotations.get(cosignAnnotation.timestamp);
  return {
    content: contentOf(attachment),
    signer: signerOf(annotations),
    logEntries: isGiven(bundle) ? [within(cosignAnnotation.bundle, () => readPromise(bundle))] : [],
    timestamps: isGiven(timestamp)
      ? [within(cosignAnnotation.timestamp, () => readTimestamp(timestamp))]
      : [],
    format: "cosign attachment",
  };
}

export const simpleSigningType = "application/vnd.dev.cosign.simplesigning.v1+json";
export const dsseEnvelopeType = "application/vnd.dsse.envelope.v1+json";

function contentOf({ mediaType, payload, annotations }: CosignAttachment): SignedContent {
  switch (mediaType) {
    case dsseEnvelopeType:
      return refusing("envelope: ", () => {
        refuseExcess(payload);
        return readEnvelope(parseJson(payload), "", payload);
      });
    case simpleSigningType: {
      const name = cosignAnnotation.signature;
      const signature = annotations.get(name) ?? refuse(`missing ${name} annotation`);
      return { type: "message", digest: undefined, signature: within(name, () => decodeBase64(signature)) };
    }
    default:
      return refuse(`not a signature: its type is ${JSON.stringify(mediaType)}`);
  }
}

function signerOf(annotations: ReadonlyMap<string, string>): ClaimedSigner {
  const certificate = annotations.get(cosignAnnotation.certificate);
  if (!isGiven(certificate)) return { type: "key", hint: "" };
  const [leaf, ...others] = within(cosignAnnotation.certificate, () => pemBlocks(certificate, maxAnnotated));
  if (leaf === undefined) return refuse(`${cosignAnnotation.certificate}: there is no certificate`);
  if (others.length > 0) refuse(`${cosignAnnotation.certificate}: there is more than one certificate`);
  const chain = annotations.get(cosignAnnotation.chain) ?? "";
  // the last one is by convention the root, which must be ours
  const parents = within(cosignAnnotation.chain, () => pemBlocks(chain, maxAnnotated)).slice(0, -1);
  return { type: "certificate", leaf, chain: parents };
}

/** A key's signature has neither certificate nor chain, or empty ones. */
function isGiven(annotation: string | undefined): annotation is string {
  return annotation !== undefined && annotation !== "";
}

/** A log's promise, as Rekor gave it in its first years: nothing but that. */
function readPromise(text: string): LogEntry {
  const outer = readExactObject(parseBounded(text), "", refuseAt, {
    SignedEntryTimestamp: readBytes,
    Payload: readRaw,
  });
  const fields = readExactObject(outer?.Payload ?? empty, "Payload", refuseAt, {
    body: readBytes,
    integratedTime: readInt64,
    logIndex: readInt64,
    logID: readString,
  });
  const { body, integratedTime = 0n, logIndex = 0n, logID = "" } = fields ?? {};
  if (!/^[0-9a-f]{64}$/.test(logID)) refuse("Payload.logID: 64 hexadecimal digits are expected");
  if (integratedTime < 0n || logIndex < 0n) refuse("Payload: a time or index is negative");
  return {
    logId: Buffer.from(logID, "hex"),
    logIndex,
    integratedTime,
    ...kindOf(body ?? new Uint8Array()),
    promise: outer?.SignedEntryTimestamp ?? new Uint8Array(),
    proof: undefined,
    body: body ?? new Uint8Array(),
  };
}

const empty: Json = { kind: "null" };

function kindOf(body: Uint8Array): { readonly kind: string; readonly version: string } {
  const json = refusing("Payload.body: ", () => parseBounded(body));
  const members = new Map(json.kind === "object" ? json.members : []);
  const text = (name: string): string => {
    const value = members.get(name);
    return value?.kind === "string" ? value.value : refuse(`Payload.body: ${name} is no text`);
  };
  return { kind: text("kind"), version: text("apiVersion") };
}

function readTimestamp(text: string): Uint8Array {
  const fields = readExactObject(parseBounded(text), "", refuseAt, { SignedRFC3161Timestamp: readBytes });
  return fields?.SignedRFC3161Timestamp ?? refuse("there is no timestamp");
}

/** Real ones have some thousand bytes; an entry that holds an attestation's envelope, some hundred thousand. */
const maxAnnotation = 1024 * 1024;

function parseBounded(text: string | Uint8Array): Json {
  if (text.length > maxAnnotation) refuse(`over ${maxAnnotation} bytes`);
  if (typeof text !== "string" && !isUtf8(text)) refuse("not UTF-8");
  return parseJson(text);
}

function within<T>(annotation: string, read: () => T): T {
  return refusing(`${annotation}: `, read);
}
