import {
  documentSignature,
  literal,
  type MessageProfile,
  onePassSignature,
  signedMessage,
} from "@countersign/testkit/signing-kit/gpg/gpg-message";
import {
  issuerFingerprint,
  notation,
  type SignatureProfile,
  signatureBody,
  subpacketType,
  usualSubpackets,
} from "@countersign/testkit/signing-kit/gpg/gpg-signature";
import { number, octets, packet, subpacket, tag } from "@countersign/testkit/signing-kit/gpg/packet";
import { alice, aliceFile, askedOf, bob, bobFile } from "../evidence/gpg.ts";
import { type Rows, rowsOf } from "./table.ts";

const { created } = alice;
const now = Math.floor(Date.now() / 1000);
const createdAt = (seconds: number) => subpacket(subpacketType.created, number(seconds, 4));
const expiresAfter = (seconds: number) => subpacket(subpacketType.expires, number(seconds, 4));
const issuer = (key = alice) => subpacket(subpacketType.issuer, key.keyId);
const usual = usualSubpackets(alice, created);
const stating = (hashed: readonly Uint8Array[], unhashed: readonly Uint8Array[] = []): MessageProfile => ({
  subpackets: { hashed, unhashed },
});
const saying = (...says: readonly Uint8Array[]): MessageProfile => ({ says });

/** What a signature may say of itself. */
const profiles: Readonly<Record<string, MessageProfile>> = {
  "all as usual": {},
  "version 3": { version: 3 },
  "version 5": { version: 5 },
  "version 5 over a named document": { version: 5, literal: { name: "a.json", date: 7 } },
  "version 5 over another head": { version: 5, literalHead: octets(0x62, 1, 0x61, 0, 0, 0, 0) },
  "version 5 over an empty head": { version: 5, literalHead: Buffer.alloc(6) },
  "text's type": { type: 1 },
  "text's type over a text": { type: 1, literal: { format: "t" } },
  "text's type in version 3": { version: 3, type: 1 },
  ...Object.fromEntries(
    [2, 3, 0x10, 0x13, 0x16, 0x18, 0x19, 0x1f, 0x20, 0x28, 0x30, 0x40, 0x50, 0xff].map((type) => [
      `type 0x${type.toString(16)}`,
      { type },
    ]),
  ),
  "a date tomorrow": { created: now + 86_400 },
  "the last date there is": { created: 0xffffffff },
  "a date before the key's": { created: created - 1 },
  "a date before the key's, in version 3": { version: 3, created: created - 1 },
  "a date before the key's, as a binding for shared decryption": {
    created: created - 1,
    says: [subpacket(subpacketType.keyFlags, octets(0, 4))],
  },
  "no date": stating([issuerFingerprint(alice)]),
  "a date that is not signed": stating([issuerFingerprint(alice)], [createdAt(created)]),
  "two dates, the first good": stating([createdAt(created), createdAt(1), issuerFingerprint(alice)]),
  "two dates, the second good": stating([createdAt(1), createdAt(created), issuerFingerprint(alice)]),
  "a date of two octets, then a good one": stating([
    subpacket(subpacketType.created, number(1, 2)),
    createdAt(created),
    issuerFingerprint(alice),
  ]),
  "a date of five octets": stating([
    subpacket(subpacketType.created, Buffer.concat([number(created, 4), octets(1)])),
    issuerFingerprint(alice),
  ]),
  "an end long ago": saying(expiresAfter(1)),
  "an end to come": saying(expiresAfter(now - created + 86_400)),
  "no end, said so": saying(expiresAfter(0)),
  "two ends, the first none": saying(expiresAfter(0), expiresAfter(1)),
  "two ends, the second none": saying(expiresAfter(1), expiresAfter(0)),
  "an end beyond 32 bits": saying(expiresAfter(0xffffffff)),
  "an end that is not signed": stating(usual.hashed, [expiresAfter(1), ...usual.unhashed]),
  "an end of two octets": saying(subpacket(subpacketType.expires, number(1, 2))),
  "no issuer": stating([createdAt(created)]),
  "the issuer's key id, signed": stating([createdAt(created), issuer()]),
  "the issuer's key id, not signed": stating([createdAt(created)], [issuer()]),
  "the issuer's fingerprint, not signed": stating([createdAt(created)], [issuerFingerprint(alice)]),
  "the fingerprint, and another key id": stating(
    [createdAt(created), issuerFingerprint(alice)],
    [issuer(bob)],
  ),
  "another fingerprint, and the key id": stating([createdAt(created), issuerFingerprint(bob)], [issuer()]),
  "two key ids, the first another's": stating([createdAt(created)], [issuer(bob), issuer()]),
  "two fingerprints, the first another's": stating([
    createdAt(created),
    issuerFingerprint(bob),
    issuerFingerprint(alice),
  ]),
  "a fingerprint of version 6": stating(
    [createdAt(created), subpacket(subpacketType.issuerFingerprint, octets(6, ...Buffer.alloc(32)))],
    [issuer()],
  ),
  "a short fingerprint": stating(
    [createdAt(created), subpacket(subpacketType.issuerFingerprint, octets(4, 1, 2))],
    [issuer()],
  ),
  "a notation": saying(notation("a@b.example", "c")),
  "a critical notation": saying(notation("a@b.example", "c", { critical: true })),
  "a critical notation gpg knows": saying(
    notation("preferred-email-encoding@pgp.com", "c", { critical: true }),
  ),
  "a critical one unknown, not signed": stating(usual.hashed, [
    subpacket(99, octets(1), { critical: true }),
    ...usual.unhashed,
  ]),
  "a critical date": stating([
    subpacket(subpacketType.created, number(created, 4), { critical: true }),
    issuerFingerprint(alice),
  ]),
  ...Object.fromEntries(
    Array.from({ length: 41 }, (_, type) => [
      `a critical subpacket of type ${type}`,
      saying(subpacket(type, Buffer.alloc(22), { critical: true })),
    ]),
  ),
  "a subpacket that is unknown": saying(subpacket(99, octets(1))),
  "a subpacket of no length": saying(octets(0)),
  "a subpacket of no length, then others": saying(octets(0), subpacket(99, octets(1, 2))),
  "a subpacket of no length, then a critical one": saying(octets(0, 0x81, 2)),
  "a subpacket longer than its list": saying(octets(9, 99)),
  "a subpacket longer than its list, alone": stating([octets(200)], [issuer()]),
  "four octets of a subpacket's length": saying(octets(255, 0, 0, 0, 2, 99, 1)),
  "two octets of a subpacket's length": saying(octets(192, 8, 99, ...Buffer.alloc(199))),
  "half a length": saying(octets(0xc0)),
  "10,000 octets of subpackets": saying(subpacket(99, Buffer.alloc(9_960))),
  "more than 10,000 octets of subpackets": saying(subpacket(99, Buffer.alloc(10_001))),
  "another key announced": { onePass: { keyId: bob.keyId } },
  "another type announced": { onePass: { type: 1 } },
  "another hash announced": { onePass: { hash: "sha256" } },
  "more to come announced": { onePass: { last: 0 } },
  "an announcement of version 6": { onePass: { version: 6 } },
};

/** Changes of the packet's octets. */
const bodies: Readonly<Record<string, (body: Buffer) => Uint8Array>> = {
  "check octets that do not fit": (body) => changed(body, body.length - 2 * (2 + 32) - 2),
  "something behind its numbers": (body) => Buffer.concat([body, Buffer.alloc(9)]),
  "another bit of its numbers": (body) => changed(body, body.length - 1),
  "version 2": (body) => octets(2, ...body.subarray(1)),
  "version 6": (body) => octets(6, ...body.subarray(1)),
  "version 0": (body) => octets(0, ...body.subarray(1)),
  "fifteen octets": (body) => body.subarray(0, 15),
  "sixteen octets": (body) => body.subarray(0, 16),
  "no numbers": (body) => body.subarray(0, -2 * (2 + 32)),
  "one number": (body) => body.subarray(0, -34),
};

function changed(body: Buffer, at: number): Buffer {
  const other = Buffer.from(body);
  other[at] = (other[at] ?? 0) ^ 1;
  return other;
}

function withBody(document: Buffer, change: (body: Buffer) => Uint8Array, version: 3 | 4): Buffer {
  const profile: SignatureProfile = { version, type: 0, created };
  const body = change(signatureBody(alice, document, profile));
  return Buffer.concat([onePassSignature(alice), literal(document), packet(tag.signature, body)]);
}

export const gpgSignatureRows: Rows = {
  ...rowsOf(
    Object.entries(profiles),
    (profile) => (site) =>
      askedOf(site, (document) => signedMessage(alice, document, profile), aliceFile, bobFile),
  ),
  ...rowsOf(
    Object.entries(bodies).flatMap(([name, change]) =>
      ([3, 4] as const).map(
        (version) => [`version ${version}'s packet: ${name}`, { change, version }] as const,
      ),
    ),
    ({ change, version }) =>
      (site) =>
        askedOf(site, (document) => withBody(document, change, version)),
  ),
  ...rowsOf(
    [0, 1, 2, 0x13, 0x18, 0x20].map(
      (type) => [`a signature alone of type 0x${type.toString(16)}`, type] as const,
    ),
    (type) => (site) => askedOf(site, (document) => documentSignature(alice, document, { type })),
  ),
};
