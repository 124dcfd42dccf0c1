import type { Draw } from "@countersign/testkit/random/draw";
import {
  certificate,
  flags,
  keyRevocation,
  subkey,
  userId,
} from "@countersign/testkit/signing-kit/gpg/gpg-certificate";
import { createGpgKey, type GpgKey } from "@countersign/testkit/signing-kit/gpg/gpg-key";
import {
  compressed,
  type MessageProfile,
  oldMessage,
  signedMessage,
} from "@countersign/testkit/signing-kit/gpg/gpg-message";
import { armor } from "@countersign/testkit/signing-kit/gpg/packet";
import { simpleSigningDocument } from "@countersign/testkit/signing-kit/gpg/simple-signing-document";
import { alice, aliceFile, bob, bobFile } from "../evidence/gpg.ts";
import { inBase64 } from "../evidence/policies.ts";
import { otherDigest } from "../evidence/store.ts";
import { drawName, type Subject } from "./draw-name.ts";
import { spoilt } from "./spoil.ts";

const alicesSubkey = createGpgKey("alice's subkey");
const carol = createGpgKey("carol");
const files: readonly [Buffer, ...Buffer[]] = [
  aliceFile,
  aliceFile,
  certificate(alice, userId("Alice"), subkey(alicesSubkey, { keyFlags: flags.sign })),
  certificate(carol, userId("Carol")),
  bobFile,
  certificate(alice, keyRevocation(), userId("Alice")),
  Buffer.concat([aliceFile, bobFile]),
  Buffer.from(armor("PUBLIC KEY BLOCK", aliceFile)),
];

/** A message as `skopeo copy --sign-by` makes it, by someone, of something; more often good than not. */
export function drawSimpleSignature(draw: Draw, subject: Subject): Uint8Array {
  const { image, index = image } = subject;
  const digest = draw.chance(0.9) ? image.digest : draw.one([otherDigest, index.digest]);
  const honest = simpleSigningDocument({ digest, reference: drawName(draw, subject) });
  const document = draw.chance(0.92) ? honest : spoilt(draw, honest);
  const key: GpgKey = draw.one([alice, alice, alicesSubkey, carol, bob]);
  const profile = draw.one<MessageProfile>([
    {},
    {},
    { version: 3 },
    { hash: "sha256" },
    { created: 2 ** 32 - 1 },
  ]);
  const message = draw.chance(0.9)
    ? signedMessage(key, document, profile)
    : oldMessage(key, document, profile);
  // What is spoilt is packed afterwards: of broken compression gpg makes whatever its buffer happens to hold.
  const whole = draw.chance(0.92) ? message : spoilt(draw, message);
  return draw.one([compressed(whole), whole, compressed(whole, "zlib", "new")]);
}

/** `signedBy`, by keys of theirs. */
export function drawSignedBy(draw: Draw, { site }: Subject): object {
  const file = () => (draw.chance(0.95) ? draw.one(files) : spoilt(draw, draw.one(files)));
  const path = () => site.file(`key-${draw.below(1e9)}.gpg`, file());
  const keyType = draw.chance(0.97) ? "GPGKeys" : draw.one(["signedByGPGKeys", "X509Certificates"]);
  return {
    type: "signedBy",
    keyType,
    ...draw.one<() => object>([
      () => ({ keyPath: path() }),
      () => ({ keyData: inBase64(file()) }),
      () => ({ keyPaths: [path(), path()] }),
    ])(),
  };
}
