import type { StoredManifest } from "@countersign/testkit/registry/registry-store";
import { signedMessage } from "@countersign/testkit/signing-kit/gpg/gpg-message";
import { armor } from "@countersign/testkit/signing-kit/gpg/packet";
import type { Site } from "../case.ts";
import {
  alice,
  aliceFile,
  askedWith,
  bob,
  bobFile,
  documentOf,
  requireGpg,
  signedBy,
} from "../evidence/gpg.ts";
import { askedAs, demandOf, intoDirectory } from "../evidence/local-images.ts";
import { goodFor, lookasideAt, onServer } from "../evidence/lookasides.ts";
import { accept, demand, inBase64, reject, requireTrusted } from "../evidence/policies.ts";
import { signatureOf } from "../evidence/signed.ts";
import { attach, otherDigest, storeImage } from "../evidence/store.ts";
import { type Rows, rowsOf } from "./table.ts";

type Make = (site: Site, image: StoredManifest) => Uint8Array;

/** One stored signature of every fate. */
const kinds = {
  good: (site, image) => signedBy(alice, site, image),
  stranger: (site, image) => signedBy(bob, site, image),
  "wrong digest": (site) => signedMessage(alice, documentOf(site, { digest: otherDigest } as StoredManifest)),
  "wrong name": (site, image) => signedMessage(alice, documentOf(site, image, "ex.com/other:v1")),
  "no JSON": () => signedMessage(alice, Buffer.from("hello")),
  "no message": () => Buffer.from("\0simple-signing\nhello"),
  "no packets": () => Buffer.from([0xc2]),
  sigstore: (site, image) => goodFor(site, image),
} satisfies Readonly<Record<string, Make>>;

type Kind = keyof typeof kinds;

const lists: readonly (readonly Kind[])[] = [
  [],
  ["good"],
  ["stranger"],
  ["good", "stranger"],
  ["stranger", "good"],
  ["stranger", "stranger"],
  ["wrong digest", "stranger"],
  ["wrong name", "wrong digest", "no JSON", "no message", "no packets", "stranger"],
  ["wrong name", "wrong digest", "no JSON", "no message", "no packets", "good"],
  ["no message", "no message", "no message"],
  ["sigstore"],
  ["sigstore", "good"],
  ["good", "sigstore"],
  ["stranger", "sigstore"],
];

const gpg = requireGpg({ keyData: inBase64(aliceFile) });
const requirements = {
  GPG: [gpg],
  "GPG, then sigstore": [gpg, requireTrusted],
  "sigstore, then GPG": [requireTrusted, gpg],
  "GPG twice": [gpg, gpg],
  "GPG by another": [requireGpg({ keyData: inBase64(bobFile) })],
  "GPG by each": [gpg, requireGpg({ keyData: inBase64(bobFile) })],
  "GPG by either": [requireGpg({ keyData: inBase64(Buffer.concat([aliceFile, bobFile])) })],
  "anything, then GPG": [accept, gpg],
  "GPG, then nothing": [gpg, reject],
  "a key of another kind": [requireGpg({ keyType: "X509Certificates", keyData: inBase64(aliceFile) })],
  "a key of another kind, then GPG": [requireGpg({ keyType: "signedByX509CAs", keyData: "" }), gpg],
} satisfies Readonly<Record<string, readonly unknown[]>>;

const made = (list: readonly Kind[], site: Site, image: StoredManifest) =>
  list.map((kind) => (kinds[kind] satisfies Make as Make)(site, image));

export const gpgMixedRows: Rows = {
  ...rowsOf(
    Object.entries(requirements).flatMap(([asked, list]) =>
      lists.map(
        (stored) =>
          [`${asked} asked for, stored: ${stored.join(", ") || "nothing"}`, { list, stored }] as const,
      ),
    ),
    ({ list, stored }) =>
      (site) =>
        askedWith(site, (image) => made(stored, site, image), ...list),
  ),
  "127 of a stranger's": (site) =>
    askedWith(site, (image) => Array.from({ length: 127 }, () => signedBy(bob, site, image)), gpg),
  "126 of a stranger's, then a good one": (site) =>
    askedWith(
      site,
      (image) => [
        ...Array.from({ length: 126 }, () => signedBy(bob, site, image)),
        signedBy(alice, site, image),
      ],
      gpg,
    ),
  "a good one on a server": (site) => {
    const image = storeImage(site);
    const registriesD = lookasideAt(onServer(site, image, [signedBy(alice, site, image)]));
    return { image: `${site.name}:v1`, policy: demand(site, gpg), registriesD };
  },
  "a good one that the registry lists": (open) => {
    const site = open.listing();
    const image = storeImage(site);
    site.list(image.digest, [signedBy(alice, site, image)]);
    return { image: `${site.name}:v1`, policy: demand(site, gpg) };
  },
  "a good one beside a sigstore attachment, both asked for": (site) => {
    const image = storeImage(site);
    attach(site, image, [signatureOf(image, `${site.name}:v1`)]);
    const address = onServer(site, image, [signedBy(alice, site, image)]);
    const registriesD = lookasideAt(address, "  use-sigstore-attachments: true\n");
    return { image: `${site.name}:v1`, policy: demand(site, gpg, requireTrusted), registriesD };
  },
  ...rowsOf(
    Object.entries({ good: alice, "a stranger's": bob }).map(
      ([whose, key]) => [`in a directory, ${whose}`, key] as const,
    ),
    (key) => (site) => {
      const image = storeImage(site);
      const signature = signedMessage(key, documentOf(site, image, "ex.com/app:v1"));
      const directory = intoDirectory(site, { image, signatures: [signature] });
      const signedIdentity = { type: "exactReference", dockerReference: "ex.com/app:v1" };
      const requirement = requireGpg({ keyData: inBase64(aliceFile), signedIdentity });
      return askedAs(`dir:${directory}`, demandOf("dir", directory, requirement));
    },
  ),
  "armored, as it is": (site) =>
    askedWith(site, (image) => [Buffer.from(armor("MESSAGE", signedBy(alice, site, image)))], gpg),
};
