import { certificate } from "@countersign/testkit/signing-kit/gpg/gpg-certificate";
import {
  compressed,
  documentSignature,
  literal,
  type MessageProfile,
  oldMessage,
  onePassSignature,
  signedMessage,
} from "@countersign/testkit/signing-kit/gpg/gpg-message";
import { subpacketType } from "@countersign/testkit/signing-kit/gpg/gpg-signature";
import {
  type Framing,
  number,
  octets,
  packet,
  subpacket,
  tag,
} from "@countersign/testkit/signing-kit/gpg/packet";
import { alice, aliceFile, askedOf, bob, bobFile } from "../evidence/gpg.ts";
import { type Rows, rowsOf } from "./table.ts";

type Make = (document: Buffer) => Uint8Array;

const cat = (...parts: readonly Uint8Array[]) => Buffer.concat(parts);
const good = (document: Buffer, profile?: MessageProfile) => signedMessage(alice, document, profile);
const ops = (profile?: MessageProfile) => onePassSignature(alice, profile);
const sig = (document: Buffer, profile?: MessageProfile) => documentSignature(alice, document, profile);
const bad = () => sig(Buffer.from("something else"));
const inParts: Framing = { partial: 6 };
const nested = (document: Buffer, times: number) =>
  Array.from({ length: times }).reduce<Buffer>((inner) => compressed(inner, "none"), good(document));

/** Orders of announcement, document and signature. */
const orders: Readonly<Record<string, Make>> = {
  "announcement, document, signature": good,
  "signature, document": (d) => oldMessage(alice, d),
  "document, signature": (d) => cat(literal(d), sig(d)),
  "document, announcement, signature": (d) => cat(literal(d), ops(), sig(d)),
  "announcement, signature, document": (d) => cat(ops(), sig(d), literal(d)),
  "signature alone": sig,
  "announcement alone": () => ops(),
  "document alone": (d) => literal(d),
  "announcement, document": (d) => cat(ops(), literal(d)),
  "announcement, signature": (d) => cat(ops(), sig(d)),
  nothing: () => octets(0xc4),
  "signature, document, signature": (d) => cat(sig(d), literal(d), sig(d)),
  "two announcements, document, signature": (d) => cat(ops(), ops(), literal(d), sig(d)),
  "announcement, document, two signatures": (d) => cat(ops(), literal(d), sig(d), sig(d)),
  "two announcements, document, two signatures": (d) => cat(ops(), ops(), literal(d), sig(d), sig(d)),
  "announcement, document, signature, announcement": (d) => cat(good(d), ops()),
  "two signatures, document": (d) => cat(sig(d), sig(d), literal(d)),
  "two signatures of two kinds, document": (d) => cat(sig(d, { type: 1 }), sig(d), literal(d)),
  "two signatures of two hashes, document": (d) => cat(sig(d, { hash: "sha256" }), sig(d), literal(d)),
  "everything twice": (d) => cat(good(d), good(d)),
  "another message behind it": (d) => cat(good(d), good(Buffer.from("{}"))),
  "a bad signature, then a good one": (d) => cat(ops(), ops(), literal(d), bad(), sig(d)),
  "a good signature, then a bad one": (d) => cat(ops(), ops(), literal(d), sig(d), bad()),
  "a stranger's signature, then a good one": (d) =>
    cat(ops(), ops(), literal(d), documentSignature(bob, d), sig(d)),
  "a stranger's signature, then a bad one": (d) =>
    cat(ops(), ops(), literal(d), documentSignature(bob, d), bad()),
  "an expired signature, then a good one": (d) =>
    cat(ops(), ops(), literal(d), sig(d, { says: [subpacket(subpacketType.expires, number(1, 4))] }), sig(d)),
  "a signature of another document": (d) => cat(ops(), literal(d), bad()),
};

/** Compression, around all or a part. */
const compressions: Readonly<Record<string, Make>> = {
  "zip, without a length": (d) => compressed(good(d)),
  "zip, with a length": (d) => compressed(good(d), "zip", "new"),
  "zip, with an old length": (d) => compressed(good(d), "zip", { old: 2 }),
  "zip, in parts": (d) => compressed(good(d), "zip", inParts),
  zlib: (d) => compressed(good(d), "zlib"),
  "zlib, in parts": (d) => compressed(good(d), "zlib", inParts),
  none: (d) => compressed(good(d), "none"),
  "none, in parts": (d) => compressed(good(d), "none", inParts),
  "of the old order": (d) => compressed(oldMessage(alice, d)),
  "of compression": (d) => compressed(compressed(good(d), "zlib")),
  "31 deep": (d) => nested(d, 31),
  "32 deep": (d) => nested(d, 32),
  "of the document alone": (d) => cat(ops(), compressed(literal(d), "zip", inParts), sig(d)),
  "of the document alone, in the old order": (d) => cat(sig(d), compressed(literal(d), "zip", inParts)),
  "of the signature alone": (d) => cat(ops(), literal(d), compressed(sig(d), "zip", inParts)),
  "of nothing": () => compressed(octets()),
  "of a method nobody knows": (d) => packet(tag.compressed, cat(octets(9), d)),
  "of no method": () => packet(tag.compressed, octets()),
  "that is broken": () => packet(tag.compressed, octets(1, 0xff, 0xff, 0xff)),
  "that is cut short": (d) => compressed(good(d)).subarray(0, -9),
  "that is cut to a few octets": (d) => compressed(good(d)).subarray(0, 30),
  "with wrong check octets": (d) => {
    const message = compressed(good(d), "zlib");
    return message.with(-1, (message.at(-1) ?? 0) ^ 1);
  },
  "without check octets": (d) => compressed(good(d), "zlib").subarray(0, -4),
  "of more than is read at once": (d) => compressed(good(large(d))),
  "of more than is read at once, and more behind": (d) =>
    cat(compressed(good(large(d)), "zip", "new"), Buffer.alloc(3000, 0x20)),
  "with little behind": (d) => cat(compressed(good(d), "zip", "new"), Buffer.from("behind")),
  "with more behind than is read ahead": (d) =>
    cat(compressed(good(d), "zip", "new"), Buffer.alloc(4000, 0x20)),
  "with a message behind": (d) => cat(compressed(good(d), "zip", "new"), good(d)),
  "in parts, with something behind": (d) => cat(compressed(good(d), "zip", inParts), Buffer.from("behind")),
  "in parts, with a message behind": (d) => cat(compressed(good(d), "zip", inParts), good(d)),
  "in parts, with a signature behind": (d) => cat(compressed(good(d), "zip", inParts), sig(d)),
  "in parts, with an announcement behind": (d) => cat(compressed(good(d), "zip", inParts), ops()),
  "in parts, twice": (d) => cat(compressed(good(d), "zip", inParts), compressed(good(d), "zip", inParts)),
};

/** Still JSON of the same meaning, with what does not compress. */
function large(document: Buffer): Buffer {
  const filling = Array.from({ length: 900 }, (_, at) => ((at * 2654435761) >>> 0).toString(16)).join("");
  return Buffer.from(document.toString().replace('"optional":{', `"optional":{"filling":"${filling}",`));
}

const old = (length: 1 | 2 | 4): Framing => ({ old: length });

/** What the literal packet says, and how it is framed. */
const documents: Readonly<Record<string, Make>> = {
  ...Object.fromEntries(
    [..."tuml1x\0"].map((format) => [
      `format ${JSON.stringify(format)}`,
      (d: Buffer) => good(d, { literal: { format } }),
    ]),
  ),
  "a name": (d) => good(d, { literal: { name: "payload.json" } }),
  "the longest name": (d) => good(d, { literal: { name: "n".repeat(255) } }),
  "the name for your eyes only": (d) => good(d, { literal: { name: "_CONSOLE" } }),
  "a date": (d) => good(d, { literal: { date: 0xffffffff } }),
  "new framing": (d) => good(d, { literal: { framing: "new" } }),
  "two octets of length": (d) => good(d, { literal: { framing: old(2) } }),
  "four octets of length": (d) => good(d, { literal: { framing: old(4) } }),
  "parts of an octet": (d) => good(d, { literal: { framing: { partial: 0 } } }),
  parts: (d) => good(d, { literal: { framing: inParts } }),
  "no length": (d) => good(d, { literal: { framing: "indeterminate" } }),
  "no length, in the old order": (d) => oldMessage(alice, d, { literal: { framing: "indeterminate" } }),
  "a name longer than the packet": (d) => cat(sig(d), packet(tag.literal, cat(octets(0x62, 200), d))),
  "five octets": (d) => cat(ops(), packet(tag.literal, Buffer.alloc(5)), sig(d)),
  "six octets": () => cat(ops(), packet(tag.literal, Buffer.alloc(6)), sig(octets())),
  "less than its length": (d) => cat(sig(d), literal(cat(d, octets(1, 2))).subarray(0, -2)),
  "carriage returns in text": (d) => good(Buffer.from(`\r\n${d}\r\n`), { literal: { format: "t" } }),
  "carriage returns within a string of a text": (d) =>
    good(Buffer.from(d.toString().replace("atomic", "\ratomic")), { literal: { format: "t" } }),
  "carriage returns within a string": (d) => good(Buffer.from(d.toString().replace("atomic", "\ratomic"))),
  "nothing in it": () => good(octets()),
};

/** Other packets, and where. */
const others: Readonly<Record<string, Uint8Array>> = {
  "a marker": packet(tag.marker, Buffer.from("PGP")),
  "a broken marker": packet(tag.marker, Buffer.from("PGQ")),
  "a public key": packet(tag.publicKey, bob.body),
  "a certificate": certificate(bob),
  "a subkey": packet(tag.publicSubkey, bob.body),
  "an old key": packet(tag.publicKey, octets(3, ...bob.body.slice(1))),
  "a key of version 6": packet(tag.publicKey, octets(6, ...bob.body.slice(1))),
  "a secret key": packet(tag.secretKey, octets(...bob.body, 0, 0, 8, 1, 0, 1)),
  "a user id": packet(tag.userId, Buffer.from("Bob")),
  "a picture": packet(tag.userAttribute, octets(1)),
  "a trust packet": packet(tag.trust, octets(0)),
  "a comment": packet(61, Buffer.from("comment")),
  padding: packet(tag.padding, octets(1, 2, 3)),
  "a private packet": packet(tag.private, octets(1, 2, 3)),
  "a packet of type 0": packet(0, octets(1), "new"),
  "gpg's own": packet(63, octets(1, 2, 3)),
  "an encrypted session key": packet(tag.publicKeyEncryptedSessionKey, octets(3, ...bob.keyId, 1, 0, 1, 1)),
  "encrypted data": packet(tag.encrypted, Buffer.alloc(40)),
  "encrypted data with integrity": packet(tag.encryptedIntegrity, octets(1, ...Buffer.alloc(40))),
  "a detached signature of something else": bad(),
  "a zero": octets(0),
  text: Buffer.from("text"),
};

const places: Readonly<Record<string, (other: Uint8Array, document: Buffer) => Uint8Array>> = {
  first: (other, d) => cat(other, good(d)),
  "before the document": (other, d) => cat(ops(), other, literal(d), sig(d)),
  "behind the document": (other, d) => cat(ops(), literal(d), other, sig(d)),
  last: (other, d) => cat(good(d), other),
};

const cuts = [1, 2, 10, 70, 75, 80, 100, 110, 130, 200].map((octetsLess) => octetsLess);

export const gpgMessageRows: Rows = {
  ...made("", orders, aliceFile),
  ...made("two keys trusted: ", pick(orders, /two|then/), aliceFile, bobFile),
  ...made("compression ", compressions),
  ...made("a document with ", documents),
  ...rowsOf(
    Object.entries(others).flatMap(([other, octets]) =>
      Object.entries(places).map(([place, put]) => [`${other} ${place}`, { octets, put }] as const),
    ),
    ({ octets, put }) =>
      (site) =>
        askedOf(site, (document) => put(octets, document)),
  ),
  ...rowsOf(
    cuts.map((less) => [`cut short by ${less}`, less] as const),
    (less) => (site) => askedOf(site, (document) => good(document).subarray(0, -less)),
  ),
};

function made(prefix: string, table: Readonly<Record<string, Make>>, ...files: readonly Uint8Array[]): Rows {
  return rowsOf(
    Object.entries(table).map(([name, make]) => [`${prefix}${name}`, make] as const),
    (make) => (site) => askedOf(site, make, ...files),
  );
}

function pick<T>(table: Readonly<Record<string, T>>, names: RegExp): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(table).filter(([name]) => names.test(name)));
}
