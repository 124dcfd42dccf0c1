import type { Draw } from "@countersign/testkit/random/draw";
import { createSigningKey } from "@countersign/testkit/signing-kit/signing-key";
import { type BundleSigner, signingKeyOf } from "@countersign/testkit/signing-kit/sigstore/bundle-signer";
import {
  artifact,
  provenanceOf,
} from "@countersign/testkit/signing-kit/sigstore/conformance/conformance-case";
import { statement } from "@countersign/testkit/signing-kit/sigstore/in-toto-statement";
import {
  type MadeSignature,
  signEnvelope,
  signMessage,
} from "@countersign/testkit/signing-kit/sigstore/made-signature";
import { mutateJson } from "../mutate/json.ts";

/** What is signed: the artifact, or a statement, which may say anything under any type. */
export function forgeSignature(draw: Draw, by: BundleSigner): MadeSignature {
  const key = draw.chance(0.95) ? signingKeyOf(by) : createSigningKey("stranger");
  const hash = draw.one(["sha256", "sha256", "sha256", "sha384", "sha512"] as const);
  if (draw.chance(0.5)) return signMessage(key, draw.chance(0.9) ? artifact : Buffer.from("else"), { hash });
  const honest = Buffer.from(statement(provenanceOf(artifact)));
  const payload = draw.chance(0.7) ? honest : mutateStatement(draw, honest, honest);
  const keyId = draw.one(["", "", "key"]);
  return signEnvelope(key, payload, { hash, payloadType: draw.one(payloadTypes), keyId });
}

const payloadTypes = [
  "application/vnd.in-toto+json",
  "application/vnd.in-toto+json",
  "application/vnd.in-toto+json",
  "text/plain",
  "",
  "\u00e9",
] as const;

const mutateStatement = mutateJson({
  names: ["_type", "subject", "name", "digest", "sha256", "sha512", "predicateType", "predicate"],
  values: ["https://in-toto.io/Statement/v1", "https://in-toto.io/Statement/v0.1", "text", ""],
});
