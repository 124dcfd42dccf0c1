import { refuse } from "../signature/invalid.ts";
import { cosignEntity, dsseEnvelopeType, simpleSigningType } from "../signature/sigstore/cosign-entity.ts";
import { parseBundle } from "../signature/sigstore/parse-bundle.ts";
import type { SignedEntity } from "../signature/sigstore/signed-entity.ts";
import { imageSignatureType } from "../signature/sigstore/statement.ts";
import { CountersignError } from "../values/error.ts";
import type { Attached } from "./attached-content.ts";
import type { UnverifiedSignature } from "./ports.ts";

/** Reads what is stored beside an image, each once, whoever asks for it. */
export interface AttachedReader {
  /** @throws CountersignError SIGNATURE_INVALID */
  read(attached: Attached): SignedEntity;
  /**
   * Why it can be no statement of this type, nor a signature where that is asked for; undefined if it may be one. What
   * cannot be read at all may have been.
   */
  whyUnrelated(stored: UnverifiedSignature, predicateType: string): string | undefined;
}

export function attachedReader(): AttachedReader {
  const known = new Map<Attached, SignedEntity | CountersignError>();

  function tryToRead(attached: Attached): SignedEntity | CountersignError {
    const read = known.get(attached) ?? readOnce(attached);
    known.set(attached, read);
    return read;
  }

  return {
    read(attached) {
      const read = tryToRead(attached);
      if (read instanceof CountersignError) throw read;
      return read;
    },
    whyUnrelated(stored, predicateType) {
      if (stored.type === "simpleSigning") return "an OpenPGP signature, which no authority looks at";
      const isSignature = predicateType === imageSignatureType;
      if (stored.type === "sigstore") {
        const wanted = isSignature ? simpleSigningType : dsseEnvelopeType;
        if (stored.mediaType !== wanted) {
          return `${isSignature ? "no signature" : "no attestation"}: its type is ${JSON.stringify(stored.mediaType)}`;
        }
      }
      const entity = tryToRead(stored);
      if (entity instanceof CountersignError) return undefined;
      const { content } = entity;
      if (content.type === "message") return isSignature ? undefined : "a signature, and no attestation";
      return mentions(content.payload, predicateType)
        ? undefined
        : `a statement, and none of type ${JSON.stringify(predicateType)}`;
    },
  };
}

function readOnce(attached: Attached): SignedEntity | CountersignError {
  try {
    switch (attached.type) {
      case "bundle":
        return parseBundle(attached.bytes);
      case "sigstore":
        return cosignEntity(attached);
      case "unreadable":
        return refuse(attached.reason);
    }
  } catch (caught) {
    return CountersignError.from(caught);
  }
}

/**
 * A statement names its type. Looking for the text spares the work of verifying hundreds of others, and parsing what
 * nobody has vouched for. Some writers of JSON escape the slashes.
 */
function mentions(payload: Uint8Array, predicateType: string): boolean {
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
  const text = JSON.stringify(predicateType);
  return bytes.includes(text) || bytes.includes(text.replaceAll("/", "\\/"));
}
