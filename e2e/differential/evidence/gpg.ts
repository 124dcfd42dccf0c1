import type { StoredManifest } from "@countersign/testkit/registry/registry-store";
import { certificate, userId } from "@countersign/testkit/signing-kit/gpg/gpg-certificate";
import { createGpgKey, type GpgKey } from "@countersign/testkit/signing-kit/gpg/gpg-key";
import { type MessageProfile, signedMessage } from "@countersign/testkit/signing-kit/gpg/gpg-message";
import { simpleSigningDocument } from "@countersign/testkit/signing-kit/gpg/simple-signing-document";
import type { Question, Site } from "../case.ts";
import { inFiles, lookasideAt } from "./lookasides.ts";
import { demand } from "./policies.ts";
import { storeImage } from "./store.ts";

/** Whom the cases' policies trust unless they say otherwise, and somebody else. */
export const alice: GpgKey = createGpgKey("alice");
export const bob: GpgKey = createGpgKey("bob");
export const aliceFile: Buffer = certificate(alice, userId("Alice <alice@signing.example>"));
export const bobFile: Buffer = certificate(bob, userId("Bob <bob@signing.example>"));

/** What a good signature of the case's image signs. */
export function documentOf(site: Site, { digest }: StoredManifest, reference = `${site.name}:v1`): Buffer {
  return simpleSigningDocument({ digest, reference });
}

/** A good signature of the case's image, but for `profile`. */
export function signedBy(key: GpgKey, site: Site, image: StoredManifest, profile?: MessageProfile): Buffer {
  return signedMessage(key, documentOf(site, image), profile);
}

export function requireGpg(members: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return { type: "signedBy", keyType: "GPGKeys", ...members };
}

/** `signedBy` with these key files. */
export function trustingFiles(
  site: Site,
  files: readonly Uint8Array[],
  more: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, unknown>> {
  const keyPaths = files.map((content, number) => site.file(`key-${number}.gpg`, content));
  return requireGpg({ keyPaths, ...more });
}

/** Stores an image with simple signatures, and asks for it under these requirements. */
export function askedWith(
  site: Site,
  signatures: (image: StoredManifest) => readonly Uint8Array[],
  ...requirements: readonly unknown[]
): Question {
  const image = storeImage(site);
  const registriesD = lookasideAt(inFiles(site, image, signatures(image)));
  return { image: `${site.name}:v1`, policy: demand(site, ...requirements), registriesD };
}

/** Asks for an image with this message, under a policy that trusts these keys. */
export function askedOf(
  site: Site,
  message: (document: Buffer, image: StoredManifest) => Uint8Array,
  ...files: readonly Uint8Array[]
): Question {
  const trusted = files.length === 0 ? [aliceFile] : files;
  return askedFor(site, (document, image) => ({ message: message(document, image), files: trusted }));
}

/** The same, where message and keys are made together. */
export function askedFor(
  site: Site,
  make: (document: Buffer, image: StoredManifest) => SignedDocument,
): Question {
  const image = storeImage(site);
  const { message, files } = make(documentOf(site, image), image);
  const registriesD = lookasideAt(inFiles(site, image, [marked(message)]));
  return { image: `${site.name}:v1`, policy: demand(site, trustingFiles(site, files)), registriesD };
}

export interface SignedDocument {
  readonly message: Uint8Array;
  /** the key files that the policy names */
  readonly files: readonly Uint8Array[];
}

/** So that whatever it begins with, it is taken for a simple signature. */
function marked(message: Uint8Array): Uint8Array {
  return openPgpStarts.has(message[0] ?? 0)
    ? message
    : Buffer.concat([Buffer.from("\0simple-signing\n"), message]);
}

const openPgpStarts: ReadonlySet<number> = new Set([
  ...[0xa0, 0xa1, 0xa2, 0xa3, 0xc8, 0x90, 0x91, 0x92, 0x3d, 0xc4],
  ...[0x88, 0x89, 0x8a, 0x8b, 0xc2],
]);
