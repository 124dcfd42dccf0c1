import type { SigstoreAttachment, UnverifiedSignature } from "@countersign/engine/verify/ports";
import type { Draw } from "@countersign/testkit/random/draw";
import type { IssuedLeaf } from "@countersign/testkit/signing-kit/certificate-authority";
import {
  type AlternativeName,
  alternativeNames,
  oid,
} from "@countersign/testkit/signing-kit/certificate-profile";
import {
  cosignPayload,
  signLogged,
  signWithCertificate,
  signWithKey,
  signWithPki,
  withAnnotations,
} from "@countersign/testkit/signing-kit/cosign-signature";
import { defaultEmail } from "@countersign/testkit/signing-kit/fulcio";
import { simpleSigningBlob } from "@countersign/testkit/signing-kit/gpg/gpg-signer";
import { kit, stranger, today, trusted } from "../evidence/kit.ts";
import { otherDigest } from "../evidence/store.ts";
import { drawSimpleSignature } from "./draw-gpg.ts";
import { drawName, type Subject } from "./draw-name.ts";
import { drawManner, type Manner, type SigstoreManner } from "./manner.ts";
import { spoilt } from "./spoil.ts";

/** A signature of some kind, by someone, of something; more often good than not. */
export function drawSignature(draw: Draw, subject: Subject, usual: Manner): UnverifiedSignature {
  const manner = drawManner(draw, usual);
  return manner === "gpg"
    ? simpleSigningBlob(drawSimpleSignature(draw, subject))
    : drawAttachment(draw, subject, manner);
}

function drawAttachment(draw: Draw, subject: Subject, manner: SigstoreManner): SigstoreAttachment {
  const { image, index = image } = subject;
  const digest = draw.chance(0.9) ? image.digest : draw.one([otherDigest, index.digest]);
  const honest = cosignPayload({ digest, reference: drawName(draw, subject) });
  const payload = draw.chance(0.9) ? honest : spoilt(draw, honest);
  const signed = sign(draw, payload, manner);
  if (draw.chance(0.8)) return signed;
  const [name] = draw.several(["x", ...signed.annotations.keys()], 1, 1);
  const value = signed.annotations.get(name ?? "") ?? "";
  const changed = draw.chance(0.2) ? undefined : spoilt(draw, Buffer.from(value)).toString();
  return withAnnotations(signed, { [name ?? ""]: changed });
}

function sign(draw: Draw, payload: Uint8Array, manner: SigstoreManner): SigstoreAttachment {
  const key = draw.one([
    trusted,
    trusted,
    stranger,
    kit.key("signer", draw.one(["p384", "rsa2048", "ed25519"])),
  ]);
  const time = draw.one([kit.now, kit.now, kit.now, kit.now + 300, kit.now + 301, 0]);
  switch (manner) {
    case "key":
      return signWithKey(key, payload, { encoding: draw.one(["der", "der", "ieee-p1363"]) });
    case "logged":
      return signLogged(key, payload, kit.log, time);
    case "keyless":
      return signWithCertificate(drawLeaf(draw, kit.fulcio.issue), payload, kit.log, time);
    case "pki":
      return signWithPki(
        drawLeaf(draw, ({ names = [], ...leaf }) =>
          today.pki.issue({ ...leaf, extensions: names.length === 0 ? [] : [alternativeNames(names)] }),
        ),
        payload,
      );
  }
}

type Issue = (leaf: {
  readonly names?: readonly AlternativeName[];
  readonly usages?: readonly string[];
}) => IssuedLeaf;

function drawLeaf(draw: Draw, issue: Issue): IssuedLeaf {
  const names: readonly AlternativeName[] = draw.several<AlternativeName>(
    [
      ["email", defaultEmail],
      ["email", defaultEmail],
      ["email", "mallory@example.com"],
      ["dns", "build.example.com"],
      ["dns", "*.example.com"],
      ["uri", "https://ci.example/x"],
      ["ip", Buffer.from([127, 0, 0, 1])],
    ],
    1,
    3,
  );
  const usages = draw.one([[oid.codeSigning], [oid.codeSigning], [oid.anyUsage], [oid.serverAuth], []]);
  const leaf = issue({ names, usages });
  return draw.chance(0.9) ? leaf : { ...leaf, chainPem: draw.one(["", leaf.pem, kit.pki.root.pem]) };
}
