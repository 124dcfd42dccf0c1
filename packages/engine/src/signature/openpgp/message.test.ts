import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { certificate, flags, userId } from "@countersign/testkit/signing-kit/gpg/gpg-certificate";
import { createGpgKey, fingerprintText, type GpgKeyKind } from "@countersign/testkit/signing-kit/gpg/gpg-key";
import {
  compressed,
  documentSignature,
  literal,
  type MessageProfile,
  oldMessage,
  onePassSignature,
  signedMessage,
} from "@countersign/testkit/signing-kit/gpg/gpg-message";
import {
  issuerFingerprint,
  notation,
  signatureBody,
  subpacketType,
} from "@countersign/testkit/signing-kit/gpg/gpg-signature";
import { armor, number, octets, packet, subpacket, tag } from "@countersign/testkit/signing-kit/gpg/packet";
import fc from "fast-check";
import { CountersignError } from "../../values/error.ts";
import { currentKeys } from "./find-signer.ts";
import { importKeys } from "./keyring.ts";
import { maxMessageSize, openMessage, unverifiedContents } from "./message.ts";

const now = Date.UTC(2026, 0, 1) / 1000;
const alice = createGpgKey("alice");
const bob = createGpgKey("bob");
const { created } = alice;
const document = Buffer.from('{"critical":{}}');
const good = signedMessage(alice, document);

const keyFile = (kind: GpgKeyKind) => certificate(createGpgKey("alice", kind), userId("Alice"));
const open = (message: Uint8Array, ...files: readonly Uint8Array[]) => {
  const trusted = files.length === 0 ? [certificate(alice, userId("Alice"))] : files;
  return openMessage(message, currentKeys(importKeys(trusted), now).find, now);
};
const changed = (profile: MessageProfile) => signedMessage(alice, document, profile);
const cat = (...parts: readonly Uint8Array[]) => Buffer.concat(parts);
const ops = (profile: MessageProfile = {}) => onePassSignature(alice, profile);
const doc = literal(document);
const sig = (profile: MessageProfile = {}) => documentSignature(alice, document, profile);
const saying = (...says: readonly Uint8Array[]) => changed({ says });
const stating = (hashed: readonly Uint8Array[], unhashed: readonly Uint8Array[] = []) =>
  changed({ subpackets: { hashed, unhashed } });
const createdAt = (seconds: number) => subpacket(subpacketType.created, number(seconds, 4));
const expiresAfter = (seconds: number) => subpacket(subpacketType.expires, number(seconds, 4));
const issuer = (key = alice) => subpacket(subpacketType.issuer, key.keyId);
/** A signature at which gpg ends itself. */
const ofNoOctets = documentSignature({ ...alice, sign: () => octets(0, 0, 0, 0) }, document);
const partial = (message: Uint8Array) => compressed(message, "zip", { partial: 6 });

describe("openMessage opens", () => {
  const opened: ReadonlyArray<readonly [what: string, message: Uint8Array]> = [
    ["what gpg writes: all of it compressed", compressed(good)],
    ["an announcement, the document, its signature", good],
    ["the order before OpenPGP: signature, document", oldMessage(alice, document)],
    ["zlib's compression", compressed(good, "zlib")],
    ["none, in a compressed packet", compressed(good, "none")],
    ["compression that says where it ends", compressed(good, "zip", "new")],
    ["compression in parts", partial(good)],
    ["compression within compression", compressed(compressed(good))],
    ["a signature of version 3, as Red Hat's are", changed({ version: 3 })],
    ["a signature of version 5", changed({ version: 5 })],
    [
      "a signature of version 5, which covers the document's name",
      changed({ version: 5, literal: { name: "a.json", date: 7 } }),
    ],
    ["a signature of a text", changed({ type: 1, literal: { format: "t" } })],
    ["a signature of SHA-1", changed({ hash: "sha1" })],
    ["a document in parts", changed({ literal: { framing: { partial: 2 } } })],
    ["a document up to the end", oldMessage(alice, document, { literal: { framing: "indeterminate" } })],
    ["a document with any format", changed({ literal: { format: "\0" } })],
    ["a document with a long name", changed({ literal: { name: "n".repeat(255) } })],
    ["a marker at any place", cat(ops(), packet(tag.marker, Buffer.from("PGP")), doc, sig())],
    ["what ends an encrypted message", cat(good, packet(19, Buffer.alloc(20), "new"))],
    ["a packet that nobody knows at any place", cat(ops(), doc, packet(60, octets(1), "new"), sig())],
    ["a signature dated in the future", changed({ created: now + 86_400 })],
    ["a signature that expires later", saying(expiresAfter(now - created + 1))],
    ["a signature that never expires", saying(expiresAfter(0))],
    ["a notation that need not be understood", saying(notation("a@b", "c"))],
    [
      "a critical notation that gpg understands",
      saying(notation("preferred-email-encoding@pgp.com", "c", { critical: true })),
    ],
    ["the issuer's key id alone, not signed", stating([createdAt(created)], [issuer()])],
    [
      "the fingerprint, whatever key id stands beside",
      stating([createdAt(created), issuerFingerprint(alice)], [issuer(bob)]),
    ],
    ["the first of two dates", stating([createdAt(created), createdAt(1), issuerFingerprint(alice)])],
    ["the first of two expiries", saying(expiresAfter(0), expiresAfter(1))],
    ["an announcement of another key", changed({ onePass: { keyId: bob.keyId } })],
    ["little behind what is compressed", cat(compressed(good, "zip", "new"), Buffer.from("behind"))],
    ["other announcements behind the signature", cat(good, ops())],
    ["what ends gpg, but behind what is compressed", cat(compressed(good, "zip", "new"), ofNoOctets)],
  ];
  for (const [what, message] of opened) {
    it(what, () => assert.deepEqual(Buffer.from(open(message).contents), document));
  }

  it("a text without its carriage returns", () => {
    const text = Buffer.from("{\r\n}\r\n");
    const message = signedMessage(alice, text, { literal: { format: "t" } });
    assert.equal(Buffer.from(open(message).contents).toString(), "{\n}\n");
  });

  const lines = Buffer.from('{\n"a": 1}\r\n\n');
  const sentLines = Buffer.from('{\r\n"a": 1}\r\n\r\n');
  const overText = (format: string, onePassType: number) =>
    cat(
      onePassSignature(alice, { type: onePassType }),
      literal(lines, { format }),
      documentSignature(alice, sentLines, { type: 1 }),
    );
  for (const format of ["b", "l", "\0"]) {
    it(`lines that were signed as they are sent, where the document's format is ${JSON.stringify(format)}`, () =>
      assert.deepEqual(Buffer.from(open(overText(format, 1)).contents), lines));
  }
  it("lines that were signed as they are sent, in the order before OpenPGP", () => {
    const message = cat(documentSignature(alice, sentLines, { type: 1 }), literal(lines));
    assert.deepEqual(Buffer.from(open(message).contents), lines);
  });
  for (const [why, message] of [
    ["the document says that it is text", overText("t", 1)],
    ["the document says that it is UTF-8", overText("u", 1)],
    ["the document says that it is mail", overText("m", 1)],
    ["the announcement speaks of no text", overText("b", 0)],
    ["they were signed as they stand", signedMessage(alice, lines, { type: 1 })],
  ] as const) {
    it(`no lines, where ${why}`, () => assert.throws(() => open(message), { message: /err:0x7000008/ }));
  }

  for (const kind of [
    ...(["rsa1024", "rsa2048", "dsa1024", "dsa2048", "p256", "p384", "p521", "secp256k1"] as const),
    ...(["brainpoolP256r1", "brainpoolP384r1", "brainpoolP512r1", "ed25519"] as const),
  ]) {
    it(`a signature by ${kind}, and names its key`, () => {
      const key = createGpgKey("alice", kind);
      const { signer } = open(signedMessage(key, document), keyFile(kind));
      assert.equal(signer.key.fingerprint, fingerprintText(key));
    });
  }
});

describe("openMessage refuses", () => {
  const noData = "No data";
  const count = (signatures: number) => `Unexpected GPG signature count ${signatures}`;
  const refused: ReadonlyArray<readonly [what: string, message: Uint8Array, reason: string]> = [
    ["nothing", octets(), noData],
    ["an octet", octets(0xc4), noData],
    ["armor", Buffer.from(armor("MESSAGE", good)), "OpenPGP message is armored, not binary"],
    ["what ends an encrypted message, too short", cat(good, packet(19, Buffer.alloc(19), "new")), noData],
    ["a signature of something elsewhere", sig(), count(0)],
    ["an announcement of nothing", ops(), noData],
    ["a document without a signature", doc, noData],
    ["the document before its signature, unannounced", cat(doc, sig()), count(0)],
    ["a signature between announcement and document", cat(ops(), sig(), doc), count(0)],
    ["more announcements than signatures", cat(ops(), ops(), doc, sig()), count(0)],
    ["more signatures than announcements", cat(ops(), doc, sig(), sig()), count(0)],
    ["signatures around the document", cat(sig(), doc, sig()), count(0)],
    ["a signature of no octets before a good one", cat(ofNoOctets, compressed(good)), count(0)],
    ["two good signatures", cat(ops(), ops(), doc, sig(), sig()), count(2)],
    ["two documents", cat(good, good), "Bad data"],
    ["two messages that are compressed", cat(partial(good), partial(good)), "Bad data"],
    ["anything behind the signature", cat(good, Buffer.from("behind")), noData],
    ["a key in it", cat(good, certificate(bob)), "Bad data"],
    ["a user id in it", cat(good, packet(tag.userId, Buffer.from("Bob"))), "Bad data"],
    [
      "encrypted data in it",
      cat(ops(), packet(tag.encryptedIntegrity, octets(1, ...Buffer.alloc(40)))),
      "Bad data",
    ],
    ["a marker that is none", cat(packet(tag.marker, Buffer.from("PGQ")), good), noData],
    ["gpg's own control packets", cat(packet(63, octets(1, 2), "new"), good), noData],
    ["a document of less than six octets", cat(ops(), packet(tag.literal, Buffer.alloc(5)), sig()), noData],
    ["an announcement of version 6", cat(ops({ onePass: { version: 6 } }), doc, sig()), noData],
    [
      "a signature of version 6",
      cat(ops(), doc, packet(tag.signature, octets(6, ...Buffer.alloc(40)))),
      noData,
    ],
    ["a message that is cut short", good.subarray(0, -3), noData],
    [
      "a compressed document between announcement and signature",
      cat(ops(), compressed(doc, "zip", "new"), sig()),
      noData,
    ],
    ["an unknown compression", packet(tag.compressed, octets(9)), "Unknown compression algorithm"],
    ["broken compression", packet(tag.compressed, octets(1, 0xff, 0xff)), count(0)],
    ["a message 33 deep", nested(33), "Bad data"],
  ];
  for (const [what, message, reason] of refused) {
    it(what, () => assert.throws(() => open(message), { code: "SIGNATURE_INVALID", message: reason }));
  }

  it("more than it reads", () => {
    const large = signedMessage(alice, Buffer.alloc(maxMessageSize));
    assert.throws(() => open(large), { message: /^OpenPGP message has more than \d+ bytes$/ });
  });
  it("what grows without end", () => {
    const bomb = compressed(signedMessage(alice, Buffer.alloc(maxMessageSize)));
    assert.ok(bomb.length < 1000);
    assert.throws(() => open(bomb), { message: /^OpenPGP message decompresses to more than \d+ bytes$/ });
  });
  it("what grows a little, level by level", () => {
    const half = signedMessage(alice, Buffer.alloc(maxMessageSize / 2));
    const twice = compressed(Buffer.concat([compressed(half, "none"), Buffer.alloc(maxMessageSize / 4)]));
    assert.throws(() => open(twice), { message: /^OpenPGP message decompresses to more than \d+ bytes$/ });
  });
  it("more signatures than anyone needs to know of", () => {
    const of = (count: number) =>
      cat(
        ...Array.from({ length: count }, () => ops()),
        literal(document),
        ...Array.from({ length: count }, () => documentSignature(alice, document)),
      );
    assert.throws(() => open(of(8)), { message: "Unexpected GPG signature count 8" });
    assert.throws(() => open(of(9)), { message: "OpenPGP message has more than 8 signatures" });
  });
  it("packets without end", () => {
    const many = Buffer.concat(Array.from({ length: 1001 }, () => packet(60, octets(), "new")));
    assert.throws(() => open(cat(ops(), many)), { message: /^OpenPGP message has more than \d+ packets$/ });
  });
});

function nested(depth: number): Buffer {
  return Array.from({ length: depth }).reduce<Buffer>((inner) => compressed(inner, "none"), good);
}

describe("openMessage refuses with gpg's code", () => {
  const dsa = createGpgKey("alice", "dsa2048");
  const p384 = createGpgKey("alice", "p384");
  const keys = cat(certificate(alice, userId("A")), keyFile("dsa2048"), keyFile("p384"));
  const refused: ReadonlyArray<readonly [code: string, what: string, message: Uint8Array]> = [
    ["0x9", "a key that is not trusted", signedMessage(bob, document)],
    ["0x9", "a signature that does not say by whom", stating([createdAt(created)])],
    [
      "0x9",
      "a fingerprint that is not signed, alone",
      stating([createdAt(created)], [issuerFingerprint(alice)]),
    ],
    ["0x7000008", "another document", cat(ops(), literal(Buffer.from("{}")), sig())],
    ["0x7000008", "a text's signature as a document's", cat(ops(), doc, retyped())],
    [
      "0x7000008",
      "another name than version 5 covers",
      cat(ops(), literal(document, { name: "b" }), sig({ version: 5 })),
    ],
    ["0x7000008", "something critical that is unknown", saying(subpacket(99, octets(1), { critical: true }))],
    ["0x7000008", "a critical notation", saying(notation("a@b", "c", { critical: true }))],
    ["0x7000008", "subpackets that do not fit their list", saying(octets(9, 99))],
    [
      "0x7000008",
      "something critical that is unknown, not signed",
      stating([createdAt(created), issuerFingerprint(alice)], [subpacket(99, octets(1), { critical: true })]),
    ],
    ["0x700009a", "a signature that has expired", saying(expiresAfter(now - created))],
    ["0x27", "a signature older than its key", changed({ created: created - 1 })],
    ["0x27", "a signature without a date", stating([issuerFingerprint(alice)])],
    ["0x27", "a date that is not signed", stating([issuerFingerprint(alice)], [createdAt(created)])],
    ["0x5", "MD5", changed({ hash: "md5" })],
    ["0x5", "an unknown hash", cat(ops(), doc, withHash(12))],
    ["0x1", "a hash too short for DSA", signedMessage(dsa, document, { hash: "sha1" })],
    ["0x1", "a hash too short for the curve", signedMessage(p384, document, { hash: "sha256" })],
    ["0x1", "another hash than was announced", changed({ onePass: { hash: "sha256" } })],
    ["0x4", "an unknown key algorithm", signedMessage({ ...alice, algorithm: 27 }, document)],
    ["0x20", "a signature of nothing", changed({ type: 2 })],
    ["0x20", "a certification", changed({ type: 0x13 })],
    ["0x34", "a revocation", changed({ type: 0x20 })],
    ["0x700003a", "more behind what is compressed than is read ahead", cat(partial(good), Buffer.alloc(9))],
  ];
  for (const [code, what, message] of refused) {
    it(`${code}: ${what}`, () => {
      assert.throws(() => open(message, keys), {
        code: "SIGNATURE_INVALID",
        message: new RegExp(
          `^Invalid GPG signature: gpgme\\.Signature\\{.* Status:gpgme\\.Error\\{err:${code}\\}`,
        ),
      });
    });
  }

  it("the first of two signatures that is bad, and looks at no other", () => {
    const other = documentSignature(alice, Buffer.from("{}"));
    assert.throws(() => open(cat(ops(), ops(), doc, other, sig())), { message: /err:0x7000008/ });
  });
});

function withHash(algorithm: number): Buffer {
  const body = signatureBody(alice, document, { type: 0, created });
  body[3] = algorithm;
  return packet(tag.signature, body);
}

function retyped(): Buffer {
  const body = signatureBody(alice, document, { type: 1, created });
  body[1] = 0;
  return packet(tag.signature, body);
}

describe("whatever is changed in a message", () => {
  const messages = [good, oldMessage(alice, document), compressed(good), changed({ version: 3 })];
  const keys = currentKeys(importKeys([certificate(alice, userId("A", { keyFlags: flags.sign }))]), now);
  const change = fc.record({
    message: fc.constantFrom(...messages),
    at: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
    remove: fc.nat(3),
    insert: fc.uint8Array({ maxLength: 3 }),
  });

  it("it is refused, or says the same by the same key", () => {
    fc.assert(
      fc.property(change, ({ message, at, remove, insert }) => {
        const start = Math.floor(at * message.length);
        const other = cat(message.subarray(0, start), insert, message.subarray(start + remove));
        try {
          const { contents, signer } = openMessage(other, keys.find, now);
          assert.deepEqual(Buffer.from(contents), document);
          assert.equal(signer.key.fingerprint, fingerprintText(alice));
        } catch (caught) {
          assert.ok(
            caught instanceof CountersignError && caught.code === "SIGNATURE_INVALID",
            String(caught),
          );
        }
      }),
      { numRuns: 2000 },
    );
  });

  it("no single octet of it can be another without notice, where it counts", () => {
    const [message = good] = messages;
    const literalStart = message.indexOf(document);
    for (let at = literalStart; at < literalStart + document.length; at++) {
      const other = Buffer.from(message);
      other[at] = (other[at] ?? 0) ^ 1;
      assert.throws(() => openMessage(other, keys.find, now), { code: "SIGNATURE_INVALID" });
    }
  });

  it("arbitrary octets are refused", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200 }),
        fc.constantFrom(0xa3, 0xc4, 0x90, 0x88, 0xc2),
        (bytes, first) => {
          assert.throws(() => openMessage(cat(octets(first), bytes), keys.find, now), {
            code: "SIGNATURE_INVALID",
          });
        },
      ),
    );
  });
});

it("unverifiedContents shows a document whoever signed it, and nothing of what is none", () => {
  assert.deepEqual(Buffer.from(unverifiedContents(signedMessage(bob, document)) ?? ""), document);
  assert.deepEqual(Buffer.from(unverifiedContents(doc) ?? ""), document);
  assert.equal(unverifiedContents(Buffer.from("no message")), undefined);
});
