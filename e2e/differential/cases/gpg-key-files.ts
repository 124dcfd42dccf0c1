import {
  bareUserId,
  type CertificatePart,
  certificate,
  designatedRevoker,
  flags,
  keyRevocation,
  selfSignature,
  subkey,
  subkeyRevocation,
  userId,
} from "@countersign/testkit/signing-kit/gpg/gpg-certificate";
import { createGpgKey, type GpgKey } from "@countersign/testkit/signing-kit/gpg/gpg-key";
import { compressed, literal, signedMessage } from "@countersign/testkit/signing-kit/gpg/gpg-message";
import { armor, number, octets, packet, tag } from "@countersign/testkit/signing-kit/gpg/packet";
import type { Question, Site } from "../case.ts";
import { alice, aliceFile, askedOf, askedWith, bob, bobFile, requireGpg, signedBy } from "../evidence/gpg.ts";
import { inBase64 } from "../evidence/policies.ts";
import { type Rows, rowsOf } from "./table.ts";

const work = createGpgKey("work");
const name = userId("Alice <alice@signing.example>");
const of = (...parts: readonly CertificatePart[]) => certificate(alice, ...parts);
const cat = (...parts: readonly Uint8Array[]) => Buffer.concat(parts);
const text = (...parts: readonly string[]) => Buffer.from(parts.join(""));
const block = (file: Uint8Array, headers?: readonly string[]) => armor("PUBLIC KEY BLOCK", file, headers);
const bare: CertificatePart = () => packet(tag.publicSubkey, work.body);
const unchecked = (file: Uint8Array) => block(file).replace(/\n=....\n/, "\n");
const own = block(aliceFile);
const others = block(bobFile);
const revocation = keyRevocation()(alice);
const named = of(designatedRevoker(bob), keyRevocation({ by: bob }), name);
const badRevocation = Buffer.from(revocation).with(-1, 0);
const versioned = (version: number) => packet(tag.publicKey, octets(version, ...bob.body.slice(1)));

/** A signature's packet that says how long it is, and what there is of it. */
const cutSignature = (length: number, ...areas: readonly number[]) =>
  octets(0x88, length, 4, 0x18, 22, 8, ...areas);
const cutSignatures = {
  "in its subpackets": cutSignature(200, 0, 100),
  "whose subpackets are longer than it": cutSignature(200, 0, 255),
  "whose subpackets just end with it": cutSignature(200, 0, 194),
  "whose subpackets end one behind it": cutSignature(200, 0, 195),
  "in its other subpackets": cutSignature(200, 0, 0, 0, 192),
  "whose other subpackets are longer than it": cutSignature(200, 0, 0, 0, 193),
  "before its subpackets": cutSignature(200),
  "that would be none": cutSignature(15, 0, 9),
  "that says it is empty": octets(0x88, 15),
};

/** A packet that says how long it is, and what there is of it. */
const cut = (type: number, length: number, ...parts: readonly Uint8Array[]) =>
  cat(octets(0xc0 | type, 0xff), number(length, 4), ...parts);
const unknownSignature = (...rest: readonly number[]) => octets(4, 0x18, 99, 8, 0, 0, 0, 0, ...rest);
const unknownKey = octets(4, 0, 0, 0, 1, 99, ...Buffer.alloc(20));
const announcement = (length: number, version: number) =>
  packet(tag.onePassSignature, octets(version, ...Buffer.alloc(length - 1)));
const long = "A".repeat(2049);

/** What stands behind a block that revokes alice's key: if it takes the block along, she is not revoked. */
const endings: Readonly<Record<string, Uint8Array>> = {
  "a subkey that says it is longer": cut(tag.publicSubkey, 300, work.body),
  "a subkey that says it is longer, in the old format": cat(octets(0xb8, 60), work.body),
  "a subkey cut in its numbers": cut(tag.publicSubkey, 51, work.body.subarray(0, -1)),
  "a subkey cut before its algorithm": cut(tag.publicSubkey, 51, work.body.subarray(0, 3)),
  "a subkey cut behind its algorithm": cut(tag.publicSubkey, 51, work.body.subarray(0, 6)),
  "a subkey cut before its version": cut(tag.publicSubkey, 51),
  "a subkey of an unknown algorithm": packet(tag.publicSubkey, unknownKey),
  "a subkey of an unknown algorithm, cut": cut(tag.publicSubkey, 300, unknownKey),
  "a subkey of 11 octets": packet(tag.publicSubkey, unknownKey.subarray(0, 11)),
  "a subkey of 12 octets": packet(tag.publicSubkey, unknownKey.subarray(0, 12)),
  "a subkey that would have 11 octets": cut(tag.publicSubkey, 11, octets(4)),
  "a subkey that would have 12 octets": cut(tag.publicSubkey, 12, octets(4)),
  "a subkey of version 5 that would have 15 octets": cut(tag.publicSubkey, 15, octets(5)),
  "a subkey of version 5 that would have 16 octets": cut(tag.publicSubkey, 16, octets(5)),
  "a subkey that would have 262145 octets": cut(tag.publicSubkey, 262_145, work.body),
  "a subkey that would have 262146 octets": cut(tag.publicSubkey, 262_146, work.body),
  "a subkey in parts": packet(tag.publicSubkey, work.body, { partial: 4 }),
  "a subkey of version 3": packet(tag.publicSubkey, octets(3, ...work.body.slice(1))),
  "a key of version 3 that is cut": cut(tag.publicKey, 300, octets(3)),
  "a key of version 6 that is cut": cut(tag.publicKey, 300, octets(6)),
  ...Object.fromEntries(
    [0, 191, 192, 2048, 2049, 8383, 8384].flatMap((length) => [
      [`a name of ${length} octets`, packet(tag.userId, Buffer.alloc(length, 65), "new")],
      [`a picture of ${length} octets`, packet(tag.userAttribute, Buffer.alloc(length, 65), "new")],
      [`a signature of ${length} octets`, packet(tag.signature, Buffer.alloc(length, 4), "new")],
      [`a comment of ${length} octets`, packet(61, Buffer.alloc(length, 65), "new")],
      [`a document of ${length} octets`, packet(11, Buffer.alloc(length, 65), "new")],
    ]),
  ),
  "a name that is cut": cut(tag.userId, 300, octets(65)),
  "a long name that is cut": cut(tag.userId, 3000, octets(65)),
  "a picture that is cut": cut(tag.userAttribute, 300, octets(65)),
  "a name in parts": packet(tag.userId, Buffer.alloc(40), { partial: 4 }),
  "trust that is cut": cut(tag.trust, 300, octets(0)),
  "a marker that is cut": cut(tag.marker, 3, text("PG")),
  "a comment that is cut": cut(61, 300, octets(0)),
  "a document that is cut": cut(11, 300, octets(0x62)),
  "a document of 5 octets": packet(11, Buffer.alloc(5), "new"),
  "an announcement": announcement(13, 3),
  "an announcement of 12 octets": announcement(12, 3),
  "an announcement of version 4": announcement(13, 4),
  "an announcement that is cut": cut(tag.onePassSignature, 13, octets(3)),
  "a check value": packet(19, Buffer.alloc(20)),
  "a check value of 19 octets": packet(19, Buffer.alloc(19)),
  "something compressed": compressed(bobFile),
  "a control packet": packet(63, Buffer.alloc(40)),
  "a type without a length": octets(0xcd),
  "a type and half a length": octets(0xcd, 0xc1),
  "a signature that says it is longer": cut(tag.signature, 300, revocation.subarray(2)),
  "a signature that is cut in its numbers": cut(tag.signature, 120, revocation.subarray(2, -1)),
  "a signature of an unknown algorithm, cut": cut(tag.signature, 300, unknownSignature(1, 2, 3)),
  "a signature of an unknown algorithm, cut before its check octets": cut(
    tag.signature,
    300,
    unknownSignature(),
  ),
  "a signature that would have too much that nobody knows": cut(
    tag.signature,
    10_251,
    unknownSignature(1, 2),
  ),
  "a signature that would have as much as there may be": cut(tag.signature, 10_250, unknownSignature(1, 2)),
  "a signature of version 3, cut": cut(tag.signature, 300, octets(3, 5)),
  "a signature of version 3 that would have 18 octets": cut(tag.signature, 18, octets(3, 5)),
};

/** Key files, and whether another than alice signs. */
const files: Readonly<Record<string, readonly [files: readonly Uint8Array[], signer?: GpgKey]>> = {
  binary: [[aliceFile]],
  "two in one": [[cat(bobFile, aliceFile)]],
  "two files": [[bobFile, aliceFile]],
  "the same twice": [[aliceFile, aliceFile]],
  "the same twice in one": [[cat(aliceFile, aliceFile)]],
  "another's": [[bobFile]],
  junk: [[text("junk")]],
  "an empty file": [[text()]],
  "one octet": [[octets(0x99)]],
  "junk before the key": [[cat(text("junk"), aliceFile)]],
  "junk behind the key": [[cat(aliceFile, text("junk"))]],
  "a zero behind the key": [[cat(aliceFile, octets(0))]],
  "a line end behind the key": [[cat(aliceFile, text("\n"))]],
  "junk behind the other key": [[cat(aliceFile, bobFile, text("junk"))]],
  "junk between keys": [[cat(bobFile, text("junk"), aliceFile)]],
  "a file of junk and one of a key": [[text("junk"), aliceFile]],
  "a file of a key and one of junk": [[aliceFile, text("junk")]],
  ...Object.fromEntries(
    [1, 10, 60, 70, 80, 90, 100, 140].map((less) => [
      `cut short by ${less}`,
      [[aliceFile.subarray(0, -less)]],
    ]),
  ),
  ...Object.fromEntries(
    [1, 60, 80, 100, 140].map((less) => [
      `the second cut short by ${less}`,
      [[cat(aliceFile, bobFile.subarray(0, -less))]],
    ]),
  ),
  ...Object.fromEntries(
    Object.entries(cutSignatures).map(([what, cut]) => [
      `a cut signature behind the key, ${what}`,
      [[cat(aliceFile, cut)]],
    ]),
  ),
  ...Object.fromEntries(
    Object.entries(endings).map(([what, ending]) => [
      `a revoked key, and behind it ${what}`,
      [[aliceFile, cat(of(keyRevocation(), name), ending)]],
    ]),
  ),
  ...Object.fromEntries(
    Object.entries({
      "a trust packet": packet(tag.trust, octets(0, 0)),
      "a packet of type 0": packet(0, octets(1), "new"),
      "a packet that nobody knows": packet(60, octets(1)),
    }).map(([what, between]) => [
      `a revoked key with too long a name, ${what} and its signature`,
      [[aliceFile, of(keyRevocation(), bareUserId(long), () => between, selfSignature(long), name)]],
    ]),
  ),
  "its revocation in another's block without a name": [[aliceFile, certificate(bob, () => revocation)]],
  "its revocation in another's block, below a bare name": [
    [aliceFile, certificate(bob, bareUserId("Bob"), () => revocation)],
  ],
  "its revocation in another's block, below a bare name's subkey": [
    [aliceFile, certificate(bob, bareUserId("Bob"), subkey(work), () => revocation)],
  ],
  "its word, and one with the same numbers of another type": [
    [
      cat(
        aliceFile,
        Buffer.from(selfSignature("Alice <alice@signing.example>", { keyFlags: 3 })(alice)).with(3, 0x12),
      ),
    ],
  ],
  "its word behind one with the same numbers of another type": [
    [
      of(
        bareUserId("Alice"),
        (key) => Buffer.from(selfSignature("Alice")(key)).with(3, 0x12),
        selfSignature("Alice"),
      ),
    ],
  ],
  "its revocation, and one with the same numbers over another hash": [
    [
      of(
        () => revocation,
        () => Buffer.from(revocation).with(5, 8),
        name,
      ),
    ],
  ],
  compressed: [[compressed(aliceFile)]],
  "a message": [[signedMessage(alice, text("{}"))]],
  "a document between": [[of(() => literal(text("x")), name)]],
  "a marker between": [[of(() => packet(tag.marker, text("PGP")), name)]],
  "a broken marker between": [[of(() => packet(tag.marker, text("PGQ")), name)]],
  "a packet that nobody knows between": [[of(() => packet(60, octets(1)), name)]],
  "a comment between": [[of(() => packet(61, text("comment")), name)]],
  "a trust packet between": [[of(() => packet(tag.trust, octets(0, 0)), name)]],
  "a packet of type 0 between": [[of(() => packet(0, octets(1), "new"), name)]],
  "a key of version 2 first": [[cat(versioned(2), aliceFile)]],
  "a key of version 3 first": [[cat(versioned(3), aliceFile)]],
  "a key of version 3 behind": [[cat(aliceFile, versioned(3))]],
  "a key of version 6 first": [[cat(versioned(6), aliceFile)]],
  "a key of version 6 behind": [[cat(aliceFile, versioned(6))]],
  "a key of an unknown algorithm first": [[cat(packet(tag.publicKey, bob.body.with(5, 99)), aliceFile)]],
  "a key with something behind its numbers": [
    [cat(packet(tag.publicKey, cat(alice.body, octets(1, 2))), aliceFile.subarray(2 + alice.body.length))],
  ],
  "a key in new framing": [
    [cat(packet(tag.publicKey, alice.body, "new"), aliceFile.subarray(2 + alice.body.length))],
  ],
  "a key with four octets of length": [
    [cat(packet(tag.publicKey, alice.body, { old: 4 }), aliceFile.subarray(2 + alice.body.length))],
  ],
  "a key in parts": [
    [cat(packet(tag.publicKey, alice.body, { partial: 5 }), aliceFile.subarray(2 + alice.body.length))],
  ],
  "a signature of version 6 behind": [
    [cat(aliceFile, packet(tag.signature, octets(6, ...Buffer.alloc(40))))],
  ],
  "its subkey in another file": [[aliceFile, of(name, subkey(work))], work],
  "its subkey in another file, without a name": [[aliceFile, of(subkey(work))], work],
  "its subkey in a file without a name": [[of(subkey(work))], work],
  "its subkey's revocation in another file": [
    [of(name, subkey(work)), of(name, subkey(work), subkeyRevocation(work))],
    work,
  ],
  "its subkey's revocation first": [
    [of(name, subkey(work), subkeyRevocation(work)), of(name, subkey(work))],
    work,
  ],
  "another end in another file": [
    [
      of(userId("A", { keyFlags: 3 })),
      of(userId("A", { keyFlags: 3, keyExpires: 1, created: alice.created + 1 })),
    ],
  ],
  "another name in another file": [
    [of(userId("A", { keyFlags: 1 })), of(userId("B", { keyFlags: 3, created: alice.created + 1 }))],
  ],
  "its revocation in another file": [[aliceFile, of(keyRevocation(), name)]],
  "its revocation alone": [[aliceFile, revocation]],
  "its revocation alone, armored": [[aliceFile, text(block(revocation))]],
  "its revocation alone, first": [[revocation, aliceFile]],
  "its revocation alone, in the same file": [[cat(aliceFile, revocation)]],
  "its revocation alone, first in the same file": [[cat(revocation, aliceFile)]],
  "its revocation in another's block": [[aliceFile, certificate(bob, userId("Bob"), () => revocation)]],
  "a bad revocation alone": [[aliceFile, badRevocation]],
  "a bad revocation before another key": [[aliceFile, cat(badRevocation, bobFile)], bob],
  "a revocation by whom it named": [[bobFile, named]],
  "a revocation by whom it named, who comes later": [[named, bobFile]],
  "a revocation by whom it named, who is not there": [[named]],
  "a revocation by whom it named, who may not sign": [
    [certificate(bob, userId("Bob", { keyFlags: flags.certify })), named],
  ],
  "a revocation by whom it named, who is revoked": [
    [certificate(bob, keyRevocation(), userId("Bob")), named],
  ],
  "a revocation by whom it named, who has ended": [
    [certificate(bob, userId("Bob", { keyFlags: 3, keyExpires: 1 })), named],
  ],
  "a revocation by whom it named, behind the name": [
    [bobFile, of(designatedRevoker(bob), name, keyRevocation({ by: bob }))],
  ],
  "a revocation by a stranger who is there": [[bobFile, of(keyRevocation({ by: bob }), name)]],
  "a subkey of two keys": [[of(name, subkey(work)), certificate(bob, userId("Bob"), subkey(work))], work],
  "a subkey, and its revocation alone": [
    [of(name, subkey(work)), of(name, bare, subkeyRevocation(work))],
    work,
  ],
  "a subkey's revocation alone, and the subkey": [
    [of(name, bare, subkeyRevocation(work)), of(name, subkey(work))],
    work,
  ],
  "a subkey that is only revoked, before the name": [[of(bare, subkeyRevocation(work), name)]],
  "a subkey that nothing binds, before the name": [[of(bare, name)]],
  "a key that may certify only, and is its own subkey": [
    [certificate(work, userId("Work", { keyFlags: flags.certify }), subkey(work))],
    work,
  ],
  "a subkey that is a key of its own": [[of(name, subkey(work)), certificate(work, userId("Work"))], work],
  "a key that is another's subkey": [[certificate(work, userId("Work")), of(name, subkey(work))], work],
  armored: [[text(own)]],
  "armored, with headers": [[text(block(aliceFile, ["Version: GnuPG v2.0.22 (GNU/Linux)", "Comment: "]))]],
  "armored, with headers nobody knows": [[text(block(aliceFile, ["X-Key: value"]))]],
  "armored, with a header that is none": [[text(block(aliceFile, ["abcd"]))]],
  "armored, behind text": [[text("release key 2\n\n", own)]],
  "armored, behind text in UTF-8": [[text("Schlüssel\n\n", own)]],
  "armored, behind a byte order mark": [[text("\ufeff", own)]],
  "armored, behind empty lines": [[text("\n\n", own)]],
  "armored, with text behind": [[text(own, "text\n")]],
  "armored, with Windows' line ends": [[text(own.replaceAll("\n", "\r\n"))]],
  "armored, with blanks behind lines": [[text(own.replaceAll("\n", " \t\n"))]],
  "armored, with blanks before lines": [[text(own.replaceAll("\n", "\n  "))]],
  "armored, in one line": [[text(own.replaceAll("\n", " "))]],
  "armored, quoted": [[text(own.replaceAll(/^/gm, "> "))]],
  "armored, without an empty line": [[text(own.replace("\n\n", "\n"))]],
  "armored, without check octets": [[text(unchecked(aliceFile))]],
  "armored, with wrong check octets": [[text(own.replace(/\n=....\n/, "\n=AAAA\n"))]],
  "armored, with short check octets": [[text(own.replace(/\n=....\n/, "\n=AA\n"))]],
  "armored, without its last line": [[text(own.replace(/-----END.*\n/, ""))]],
  "armored, without a line end": [[text(own.trimEnd())]],
  "armored, with what is no base64": [[text(own.replace("\n\n", "\n\n*"))]],
  "armored, with a character less": [[text(own.replace(/\n\n./, "\n\n"))]],
  "armored as a message": [[text(armor("MESSAGE", aliceFile))]],
  "armored as a signature": [[text(armor("SIGNATURE", aliceFile))]],
  "armored as a private key": [[text(armor("PRIVATE KEY BLOCK", aliceFile))]],
  "armored as a secret key": [[text(armor("SECRET KEY BLOCK", aliceFile))]],
  "armored with four dashes": [[text(own.replace("-----BEGIN", "----BEGIN"))]],
  "armored, with text in its first line": [[text(own.replace("BLOCK-----\n", "BLOCK----- x\n"))]],
  "two armored": [[text(others, own)]],
  "two armored, with text between": [[text("one\n", others, "two\n", own)]],
  "two armored, the first without check octets": [[text(unchecked(bobFile), own)]],
  "two armored, the second with wrong ones": [[text(own, others.replace(/\n=....\n/, "\n=AAAA\n"))]],
  "two in one armor": [[text(block(cat(bobFile, aliceFile)))]],
  "binary, then armored": [[cat(bobFile, text(own))]],
  "armored, then binary": [[cat(text(others), aliceFile)]],
  "a PEM key": [[text("-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA\n-----END PUBLIC KEY-----\n")]],
};

/** Where a policy takes keys from. */
const sources: Readonly<Record<string, (site: Site) => Readonly<Record<string, unknown>>>> = {
  keyPath: (site) => ({ keyPath: site.file("a.gpg", aliceFile) }),
  "keyPath of a missing file": (site) => ({ keyPath: site.absent("a.gpg") }),
  "keyPath of a directory": (site) => ({ keyPath: site.directory("a.gpg") }),
  "keyPaths of one": (site) => ({ keyPaths: [site.file("a.gpg", aliceFile)] }),
  "keyPaths of none": () => ({ keyPaths: [] }),
  "keyPaths, the second is missing": (site) => ({
    keyPaths: [site.file("a.gpg", aliceFile), site.absent("b.gpg")],
  }),
  "keyPaths, both are missing": (site) => ({ keyPaths: [site.absent("a.gpg"), site.absent("b.gpg")] }),
  "keyPaths with an empty path": () => ({ keyPaths: [""] }),
  keyData: () => ({ keyData: inBase64(aliceFile) }),
  "keyData that is armored": () => ({ keyData: inBase64(own) }),
  "keyData that is empty": () => ({ keyData: "" }),
  "keyData of two": () => ({ keyData: inBase64(cat(bobFile, aliceFile)) }),
  "keyData of junk": () => ({ keyData: inBase64("junk") }),
  signedByGPGKeys: () => ({ keyType: "signedByGPGKeys", keyData: inBase64(aliceFile) }),
  X509Certificates: () => ({ keyType: "X509Certificates", keyData: inBase64(aliceFile) }),
  "signedByX509CAs with a missing file": (site) => ({
    keyType: "signedByX509CAs",
    keyPath: site.absent("a.pem"),
  }),
};

export const gpgKeyFileRows: Rows = {
  ...rowsOf(
    Object.entries(files),
    ([list, signer = alice]) =>
      (site) =>
        askedOf(site, (document) => signedMessage(signer, document), ...list),
  ),
  ...rowsOf(
    Object.entries(sources).flatMap(([source, members]) =>
      [true, false].map(
        (isSigned) => [`${source}, ${isSigned ? "" : "un"}signed`, { members, isSigned }] as const,
      ),
    ),
    ({ members, isSigned }) =>
      (site) =>
        askedBy(site, members(site), isSigned),
  ),
};

function askedBy(site: Site, members: Readonly<Record<string, unknown>>, isSigned: boolean): Question {
  return askedWith(site, (image) => (isSigned ? [signedBy(alice, site, image)] : []), requireGpg(members));
}
