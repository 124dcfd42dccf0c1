import { createSigningKey } from "@countersign/testkit/signing-kit/signing-key";
import {
  artifact,
  identity,
  issuer,
  now,
  sigstore,
} from "@countersign/testkit/signing-kit/sigstore/conformance/conformance-case";
import { conformanceCases } from "@countersign/testkit/signing-kit/sigstore/conformance/conformance-cases";
import { verifyByEngine } from "@countersign/testkit/signing-kit/sigstore/engine-verifier";
import { verifyBySigstoreJs } from "@countersign/testkit/signing-kit/sigstore/sigstore-js";
import { mutateBundle } from "../mutate/bundle.ts";
import { isObject, type LooseJson, readLoose, writeLoose } from "../mutate/loose-json.ts";
import { reading, shapeOf } from "../outcome.ts";
import type { Target } from "../target.ts";
import { whyRefusedHere } from "./accepted-by-sigstore-js-alone.ts";
import { type Asked, whyAcceptedHere } from "./accepted-here-alone.ts";

/**
 * A bundle, verified here and by sigstore-js, which must come to the same, but for the known differences: nearly all of
 * them ours to be stricter.
 */
export function openTarget(): Target {
  const usual = conformanceCases().filter(({ trustedRoot }) => trustedRoot === sigstore.trustedRoot);
  return { seeds: usual.map(({ bundle }) => bundle), mutate: mutateBundle, check };
}

const key = createSigningKey("managed");
const { trustedRoot } = sigstore;

function check(bundle: Uint8Array): string {
  const json = readLoose(bundle);
  const isByKey = json !== undefined && hasKey(json);
  const ours = reading(["SIGNATURE_INVALID"], () =>
    verifyByEngine({
      bundle,
      trustedRoot,
      artifact: { type: "bytes", bytes: artifact },
      signer: isByKey ? { type: "key", key } : { type: "identity", subject: identity, issuer },
      now,
    }),
  );
  const asked = { bundle, trustedRoot, subject: identity, isByKey };
  const theirs = theirRefusal(asked);
  if (ours.type === "accepted") {
    if (theirs === undefined) return "accepted";
    const ask = (other: Asked) => theirRefusal({ ...other, bundle: writeLoose(other.bundle), isByKey });
    const why = whyAcceptedHere({ ...asked, bundle: json ?? {} }, ask);
    if (why === undefined) throw new Error(`accepted here; sigstore-js says: ${theirs}`);
    return `accepted here alone: ${why.join(", ")}`;
  }
  if (theirs !== undefined) return `refused: ${ours.outcome}; there: ${shapeOf(theirs)}`;
  const why = whyRefusedHere(ours.message);
  if (why === undefined) throw new Error(`accepted by sigstore-js; here: ${ours.message}`);
  return `accepted there alone: ${why}`;
}

/** Both are asked for a key where the bundle is of a key: sigstore-js goes by the bundle. */
function hasKey(bundle: LooseJson): boolean {
  const material = bundle["verificationMaterial"];
  return isObject(material) && isObject(material["publicKey"]);
}

interface TheirQuestion {
  readonly bundle: Uint8Array;
  readonly trustedRoot: Uint8Array;
  readonly subject: string | undefined;
  readonly isByKey: boolean;
}

/** Undefined if it accepts. */
function theirRefusal({ bundle, trustedRoot, subject, isByKey }: TheirQuestion): string | undefined {
  try {
    verifyBySigstoreJs({
      bundle,
      trustedRoot,
      artifact,
      key: isByKey ? key.spki : undefined,
      ...(isByKey ? {} : { identity: { subject, issuer } }),
      demands: { logs: 1, timestamps: isByKey ? 0 : 1, scts: 1 },
    });
    return undefined;
  } catch (caught) {
    return caught instanceof Error ? `${caught.name}: ${caught.message}` : String(caught);
  }
}
