import {
  bareUserId,
  binding,
  type CertificatePart,
  certificate,
  designatedRevoker,
  directKeySignature,
  flags,
  keyRevocation,
  type SelfSignature,
  type SubkeyBinding,
  selfSignature,
  subkey,
  subkeyRevocation,
  userId,
} from "@countersign/testkit/signing-kit/gpg/gpg-certificate";
import { createGpgKey, type GpgKey } from "@countersign/testkit/signing-kit/gpg/gpg-key";
import { signedMessage } from "@countersign/testkit/signing-kit/gpg/gpg-message";
import { notation, signatureType, subpacketType } from "@countersign/testkit/signing-kit/gpg/gpg-signature";
import { number, octets, packet, subpacket, tag } from "@countersign/testkit/signing-kit/gpg/packet";
import type { Site } from "../case.ts";
import { alice, askedOf, bob, bobFile } from "../evidence/gpg.ts";
import { type Rows, rowsOf } from "./table.ts";

const { created } = alice;
const now = Math.floor(Date.now() / 1000);
const day = 86_400;
const work = createGpgKey("work");
const ends = (seconds: number) => subpacket(subpacketType.expires, number(seconds, 4));
const local = subpacket(subpacketType.exportable, octets(0));
const critical = notation("a@b.example", "c", { critical: true });
const signing: SelfSignature = { keyFlags: flags.certify | flags.sign };
const later: SelfSignature = { ...signing, created: created + 10 };
const name = userId("Alice", signing);
const revokedName = selfSignature("Alice", {
  type: signatureType.certificationRevocation,
  created: created + 1,
});
const bareSubkey: CertificatePart = () => packet(tag.publicSubkey, work.body);
const picture: CertificatePart = () => packet(tag.userAttribute, octets(2, 1, 0));
const years = (count: number) => count * 365 * day;

/** What follows a primary key that signs. */
const primaries: Readonly<Record<string, readonly CertificatePart[]>> = {
  "a name": [name],
  "no flags": [userId("Alice", {})],
  ...Object.fromEntries(
    [0, 1, 2, 3, 4, 8, 0x10, 0x20, 0x40, 0x80].map((keyFlags) => [
      `flags ${keyFlags}`,
      [userId("Alice", { keyFlags })],
    ]),
  ),
  "empty flags": [userId("Alice", { says: [subpacket(subpacketType.keyFlags, octets())] })],
  "flags that are not signed": [
    userId("Alice", {
      subpackets: {
        hashed: [subpacket(subpacketType.created, number(created, 4))],
        unhashed: [
          subpacket(subpacketType.keyFlags, octets(1)),
          subpacket(subpacketType.issuer, alice.keyId),
        ],
      },
    }),
  ],
  "a newer word that allows": [userId("Alice", { keyFlags: 1 }, later)],
  "a newer word that forbids": [userId("Alice", signing, { ...later, keyFlags: 1 })],
  "a newer word that forbids, first": [userId("Alice", { ...later, keyFlags: 1 }, signing)],
  "a word as old that forbids": [userId("Alice", signing, { keyFlags: 1 })],
  "a word as old that allows": [userId("Alice", { keyFlags: 1 }, signing)],
  "a newer name that forbids": [name, userId("Al", { ...later, keyFlags: 1 })],
  "an older name that forbids": [userId("Alice", later), userId("Al", { keyFlags: 1 })],
  "a newer name without flags": [userId("Alice", { keyFlags: 1 }), userId("Al", { created: created + 10 })],
  "a direct signature that forbids": [directKeySignature({ keyFlags: 1 }), name],
  "a direct signature that allows": [directKeySignature(signing), userId("Alice", { keyFlags: 1 })],
  "a direct signature that is over": [directKeySignature({ keyFlags: 1, says: [ends(1)] }), name],
  "two direct signatures, the newer forbids": [
    directKeySignature(signing),
    directKeySignature({ keyFlags: 1, created: created + 1 }),
    name,
  ],
  "an end long ago": [userId("Alice", { ...signing, keyExpires: day })],
  "an end to come": [userId("Alice", { ...signing, keyExpires: now - created + day })],
  "no end, said so": [userId("Alice", { ...signing, keyExpires: 0 })],
  "an end beyond 32 bits": [userId("Alice", { ...signing, keyExpires: 0xffffffff })],
  "a direct signature with an end": [directKeySignature({ keyExpires: day }), name],
  "a direct signature with a later end than the name's": [
    directKeySignature({ keyExpires: years(50) }),
    userId("Alice", { ...signing, keyExpires: day }),
  ],
  "an end, and a newer word without": [userId("Alice", { ...signing, keyExpires: day }, later)],
  "no end, and a newer word with one": [userId("Alice", signing, { ...later, keyExpires: day })],
  "an end, and a newer name without": [userId("Alice", { ...signing, keyExpires: day }), userId("Al", later)],
  "an end, and a newer name with a later one": [
    userId("Alice", { ...signing, keyExpires: day }),
    userId("Al", { ...later, keyExpires: years(50) }),
  ],
  "a later end, and a newer name with an end": [
    userId("Alice", { ...signing, keyExpires: years(50) }),
    userId("Al", { ...later, keyExpires: day }),
  ],
  "an end, taken back with its name": [
    userId("Alice", { ...signing, keyExpires: day }),
    revokedName,
    userId("Al", signing),
  ],
  "a revocation": [keyRevocation(), name],
  "a revocation behind the name": [name, keyRevocation()],
  "a revocation behind a subkey": [name, subkey(work), keyRevocation()],
  "a revocation of tomorrow": [keyRevocation({ created: now + day }), name],
  "a revocation that is over": [keyRevocation({ says: [ends(1)] }), name],
  "a revocation older than the key": [keyRevocation({ created: created - 1 }), name],
  "a revocation with MD5": [keyRevocation({ hash: "md5" }), name],
  "a revocation with SHA-1": [keyRevocation({ hash: "sha1" }), name],
  "a revocation of version 3": [keyRevocation({ version: 3 }), name],
  "a revocation of version 5": [keyRevocation({ version: 5 }), name],
  "a revocation for this machine": [keyRevocation({ says: [local] }), name],
  "a revocation that nobody understands": [keyRevocation({ says: [critical] }), name],
  "a revocation by a stranger": [keyRevocation({ by: bob }), name],
  "a revocation by whom it named, who is not there": [
    designatedRevoker(bob),
    keyRevocation({ by: bob }),
    name,
  ],
  "its only name taken back": [name, revokedName],
  "its only name taken back, and never given": [bareUserId("Alice"), revokedName],
  "its only name taken back, and given anew": [
    userId("Alice", { ...signing, created: created + 5 }),
    revokedName,
  ],
  "its only name's word over": [userId("Alice", { ...signing, says: [ends(1)] })],
  "its only name's newest word over": [userId("Alice", signing, { ...later, says: [ends(1)] })],
  "its only name's word for this machine": [userId("Alice", { ...signing, says: [local] })],
  "its only name's word not understood": [userId("Alice", { ...signing, says: [critical] })],
  "its only name's word with SHA-1": [userId("Alice", { ...signing, hash: "sha1" })],
  "its only name's word with MD5": [userId("Alice", { ...signing, hash: "md5" })],
  "its only name's word of version 3": [userId("Alice", { version: 3 })],
  "its only name's word of version 5": [userId("Alice", { ...signing, version: 5 })],
  "its only name's word of tomorrow": [userId("Alice", { ...signing, created: now + day })],
  "its only name's word older than the key": [userId("Alice", { ...signing, created: created - 1 })],
  "a name by another key": [userId("Alice", { by: bob })],
  "a name without a word": [bareUserId("Alice")],
  "an empty name": [userId("", signing)],
  "a name of 2038 octets": [userId("A".repeat(2038), signing)],
  "a name of 2039 octets": [userId("A".repeat(2039), signing)],
  "a name of 2048 octets": [userId("A".repeat(2048), signing)],
  "a name of 2049 octets": [userId("A".repeat(2049), signing)],
  "a name of 2049 octets, and another": [userId("A".repeat(2049), signing), name],
  "the same name twice": [name, userId("Alice", { keyFlags: 1 })],
  "the same name twice, the newer first": [userId("Alice", { ...later, keyFlags: 1 }), name],
  "a picture alone": [picture],
  "a picture that nobody vouches for": [name, picture],
  "no name": [],
  "no name, but a direct signature": [directKeySignature(signing)],
  "a word about a name that is not there": [selfSignature("Al", signing), name],
  "a word that stands before its name": [selfSignature("Alice", signing), bareUserId("Alice")],
  "a word that stands below a subkey": [bareUserId("Alice"), subkey(work), selfSignature("Alice", signing)],
  "its names behind its subkeys": [subkey(work), name],
  "its names behind a subkey that is none": [bareSubkey, name],
  "a subkey": [name, subkey(work)],
  "a revoked subkey": [name, subkey(work), subkeyRevocation(work)],
  "itself as its subkey": [name, subkey(alice)],
};

const signs: SubkeyBinding = { keyFlags: flags.sign };
const bound = (...bindings: readonly SubkeyBinding[]) => [name, subkey(work, ...bindings)];

/** The same, where a subkey signs. */
const subkeys: Readonly<Record<string, readonly CertificatePart[]>> = {
  "its consent": bound(signs),
  "no flags": bound({}),
  "no flags, and its consent": bound({ backsig: true }),
  "no consent": bound({ ...signs, backsig: false }),
  "another's consent": bound({ ...signs, backsig: bob }),
  "its consent of another type": bound({ ...signs, backsig: { type: signatureType.directKey, created } }),
  "its consent older than itself": bound({
    ...signs,
    backsig: { type: signatureType.primaryBinding, created: created - 1 },
  }),
  "its consent with MD5": bound({
    ...signs,
    backsig: { type: signatureType.primaryBinding, created, hash: "md5" },
  }),
  "its consent with SHA-1": bound({
    ...signs,
    backsig: { type: signatureType.primaryBinding, created, hash: "sha1" },
  }),
  "its consent over": bound({
    ...signs,
    backsig: { type: signatureType.primaryBinding, created, says: [ends(1)] },
  }),
  "its consent not understood": bound({
    ...signs,
    backsig: { type: signatureType.primaryBinding, created, says: [critical] },
  }),
  ...Object.fromEntries(
    [0, 1, 2, 3, 4, 0x0c, 0x20, 0x22, 0x40].map((keyFlags) => [
      `flags ${keyFlags}`,
      bound({ keyFlags, backsig: true }),
    ]),
  ),
  "no binding": [name, bareSubkey],
  "a binding by another": bound({ ...signs, by: bob }),
  "a binding elsewhere": [name, binding(work, signs), bareSubkey],
  "a binding that is over": bound({ ...signs, says: [ends(1)] }),
  "a newer binding that is over": bound(signs, { ...signs, created: created + 1, says: [ends(1)] }),
  "a binding of tomorrow": bound({ ...signs, created: now + day }),
  "a binding older than the primary key": bound({ ...signs, created: created - 1 }),
  "a binding for this machine": bound({ ...signs, says: [local] }),
  "a binding with SHA-1": bound({ ...signs, hash: "sha1" }),
  "a binding with MD5": bound({ ...signs, hash: "md5" }),
  "a binding of version 5": bound({ ...signs, version: 5 }),
  "a newer binding that forbids": bound(signs, { keyFlags: flags.authenticate, created: created + 1 }),
  "a newer binding that forbids, first": bound({ keyFlags: flags.authenticate, created: created + 1 }, signs),
  "a newer binding that allows": bound({ keyFlags: flags.authenticate }, { ...signs, created: created + 1 }),
  "an end long ago": bound({ ...signs, keyExpires: day }),
  "an end to come": bound({ ...signs, keyExpires: now - created + day }),
  "a newer binding without its end": bound({ ...signs, keyExpires: day }, { ...signs, created: created + 1 }),
  "a revocation": [name, subkey(work), subkeyRevocation(work)],
  "a revocation elsewhere": [name, subkeyRevocation(work), subkey(work)],
  "a revocation before a new binding": [
    name,
    bareSubkey,
    subkeyRevocation(work),
    binding(work, { ...signs, created: created + 1 }),
  ],
  "a revocation by another": [name, subkey(work), subkeyRevocation(work, { by: bob })],
  "a revocation by itself": [name, subkey(work), subkeyRevocation(work, { by: work })],
  "a revocation of another subkey": [name, subkey(work), subkey(bob), subkeyRevocation(bob)],
  "a primary key that has ended": [userId("Alice", { ...signing, keyExpires: day }), subkey(work)],
  "a primary key that is revoked": [keyRevocation(), name, subkey(work)],
  "a primary key that may certify only": [userId("Alice", { keyFlags: 1 }), subkey(work)],
  "itself twice": [name, subkey(work), subkey(work)],
  "itself twice, one revoked": [name, subkey(work), subkey(work), subkeyRevocation(work)],
  "no name": [subkey(work)],
};

const future = createGpgKey("future", "ed25519", { created: now + day });
const five = createGpgKey("five", "ed25519", { version: 5 });
const youngSubkey = createGpgKey("young", "ed25519", { created: created + 100 });
const futureSubkey = createGpgKey("future", "ed25519", { created: now + 2 * day });

/** Keys that are themselves special. */
const specials: Readonly<Record<string, readonly [signer: GpgKey, ...files: Uint8Array[]]>> = {
  "a key of tomorrow": [future, certificate(future, userId("Future"))],
  "a key of tomorrow beside another": [future, certificate(future, userId("Future")), bobFile],
  "a key of version 5": [five, certificate(five, userId("Five"))],
  "a key of version 5 with words of version 5": [
    five,
    certificate(five, userId("Five", { keyFlags: 3, version: 5 })),
  ],
  "a subkey younger than its key": [youngSubkey, certificate(alice, name, subkey(youngSubkey))],
  "a subkey younger than its binding": [
    youngSubkey,
    certificate(alice, name, subkey(youngSubkey, { keyFlags: 2, created })),
  ],
  "a subkey of tomorrow": [futureSubkey, certificate(alice, name, subkey(futureSubkey))],
  "a subkey of version 5": [five, certificate(alice, name, subkey(five))],
};

export const gpgKeyRows: Rows = {
  ...rowsOf(Object.entries(primaries), (parts) => (site) => asked(site, alice, certificate(alice, ...parts))),
  ...rowsOf(
    Object.entries(subkeys).map(([what, parts]) => [`a subkey signs, with ${what}`, parts] as const),
    (parts) => (site) => asked(site, work, certificate(alice, ...parts)),
  ),
  ...rowsOf(
    Object.entries(specials),
    ([signer, ...files]) =>
      (site) =>
        asked(site, signer, ...files),
  ),
};

function asked(site: Site, signer: GpgKey, ...files: readonly Uint8Array[]) {
  return askedOf(
    site,
    (document) => signedMessage(signer, document, { created: Math.max(signer.created, created) }),
    ...files,
  );
}
