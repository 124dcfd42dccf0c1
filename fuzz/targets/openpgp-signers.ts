import { digestOf } from "@countersign/engine/values/digest";
import {
  binding,
  certificate,
  designatedRevoker,
  directKeySignature,
  flags,
  keyRevocation,
  subkey,
  userId,
} from "@countersign/testkit/signing-kit/gpg/gpg-certificate";
import { createGpgKey } from "@countersign/testkit/signing-kit/gpg/gpg-key";
import { compressed, oldMessage, signedMessage } from "@countersign/testkit/signing-kit/gpg/gpg-message";
import { simpleSigningDocument } from "@countersign/testkit/signing-kit/gpg/simple-signing-document";

/** What is signed: a manifest, and a name that it has. */
export const manifest: Buffer = Buffer.from("{}");
export const reference = "registry.example/app:1";
export const document: Buffer = Buffer.from(simpleSigningDocument({ digest: digestOf(manifest), reference }));

// All of them depend on their names alone: what is kept must mean the same in every run.
export const alice = createGpgKey("fuzz alice");
export const bob = createGpgKey("fuzz bob", "p256");
const carol = createGpgKey("fuzz carol", "p384");
const carols = createGpgKey("fuzz carol's subkey");
/** Nobody trusts him. */
export const mallory = createGpgKey("fuzz mallory");

/** The key files of whom we trust. */
export const trusted: readonly Buffer[] = [
  certificate(alice, userId("Alice <alice@example.com>")),
  certificate(bob, directKeySignature(), userId("Bob <bob@example.com>"), userId("Robert")),
  certificate(carol, userId("Carol"), subkey(carols, { keyFlags: flags.sign })),
];

/** Messages by them, by others, by more than one, in every form there is. */
export const messages: readonly Buffer[] = [
  signedMessage(alice, document),
  compressed(signedMessage(alice, document)),
  compressed(signedMessage(bob, document), "zlib", "new"),
  signedMessage(carols, document, { literal: { format: "t", name: "x", date: 1, framing: { partial: 9 } } }),
  oldMessage(bob, document, { hash: "sha256" }),
  signedMessage(alice, document, { version: 3 }),
  signedMessage(mallory, document),
  signedMessage(alice, Buffer.from("something else")),
  Buffer.concat([signedMessage(alice, document), signedMessage(bob, document)]),
];

const name = userId("Alice <alice@example.com>");
const [aliceFile = Buffer.of(), bobFile = Buffer.of()] = trusted;
const given = (...packets: readonly Uint8Array[]) => Buffer.concat([aliceFile, ...packets]);

/**
 * Key files, of people with something to hide among them. Where a good key is revoked later on, whoever reads less of the
 * file than gpg trusts a key that it does not.
 */
export const keyFiles: readonly Buffer[] = [
  ...trusted,
  Buffer.concat(trusted),
  given(certificate(alice, keyRevocation(), name)),
  given(certificate(alice, name, keyRevocation())),
  given(keyRevocation()(alice)),
  given(bobFile, keyRevocation()(alice)),
  given(certificate(bob, userId("Bob"), subkey(carols), () => keyRevocation()(alice))),
  given(certificate(alice, designatedRevoker(bob), keyRevocation({ by: bob }), name), bobFile),
  certificate(alice, keyRevocation(), userId("Alice <alice@example.com>")),
  certificate(
    alice,
    userId("Alice <alice@example.com>"),
    subkey(carols, { keyFlags: flags.sign }),
    binding(carols),
  ),
];
