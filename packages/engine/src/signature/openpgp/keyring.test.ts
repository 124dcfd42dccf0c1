import assert from "node:assert/strict";
import { describe, it } from "node:test";
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
  selfSignature,
  subkey,
  subkeyRevocation,
  userId,
} from "@countersign/testkit/signing-kit/gpg/gpg-certificate";
import { createGpgKey, fingerprintText, type GpgKey } from "@countersign/testkit/signing-kit/gpg/gpg-key";
import {
  compressed,
  documentSignature,
  literal,
  signedMessage,
} from "@countersign/testkit/signing-kit/gpg/gpg-message";
import { notation, signatureType, subpacketType } from "@countersign/testkit/signing-kit/gpg/gpg-signature";
import { armor, number, octets, packet, subpacket, tag } from "@countersign/testkit/signing-kit/gpg/packet";
import fc from "fast-check";
import { CountersignError } from "../../values/error.ts";
import { currentKeys } from "./find-signer.ts";
import { importKeys } from "./keyring.ts";
import { openMessage } from "./message.ts";

const now = Date.UTC(2026, 0, 1) / 1000;
const day = 86_400;
const alice = createGpgKey("alice");
const bob = createGpgKey("bob");
const work = createGpgKey("work");
const { created } = alice;
const document = Buffer.from("{}");

/** What becomes of a signature: `good`, the code in gpg's answer, or `no keys`. */
function outcome(files: readonly Uint8Array[], signer: GpgKey): string {
  const keys = currentKeys(importKeys(files), now);
  if (keys.isEmpty) return "no keys";
  try {
    const { signer: found } = openMessage(
      signedMessage(signer, document, { created: signer.created }),
      keys.find,
      now,
    );
    assert.equal(found.key.fingerprint, fingerprintText(signer));
    return keys.isShared(found) ? "shared" : "good";
  } catch (caught) {
    assert.ok(caught instanceof CountersignError);
    return /err:(0x[0-9a-f]+)/.exec(caught.message)?.[1] ?? caught.message;
  }
}

const [expired, revoked, unknown, notAgreed] = ["0x7000099", "0x700005e", "0x9", "0x1"];
const ends = (seconds: number) => subpacket(subpacketType.expires, number(seconds, 4));
const local = subpacket(subpacketType.exportable, octets(0));
const name = userId("Alice");
const of = (...parts: readonly CertificatePart[]) => certificate(alice, ...parts);
const signing: SelfSignature = { keyFlags: flags.certify | flags.sign };
const later: SelfSignature = { ...signing, created: created + 10 };
const bareSubkey: CertificatePart = () => packet(tag.publicSubkey, work.body);

type Row = readonly [
  what: string,
  expected: string,
  files: Uint8Array | readonly Uint8Array[],
  signer?: GpgKey,
];

function expectAll(rows: readonly Row[]): void {
  for (const [what, expected, files, signer = alice] of rows) {
    it(`${what}: ${expected}`, () => {
      assert.equal(outcome(files instanceof Uint8Array ? [files] : files, signer), expected);
    });
  }
}

describe("a primary key's signature, where", () => {
  expectAll([
    ["a user id is vouched for", "good", of(name)],
    ["it says nothing of what it is for", "good", of(userId("Alice", {}))],
    ["it may certify only", unknown, of(userId("Alice", { keyFlags: flags.certify }))],
    ["it may do nothing", unknown, of(userId("Alice", { keyFlags: 0 }))],
    ["a newer word lets it sign", "good", of(userId("Alice", { keyFlags: flags.certify }, later))],
    [
      "a newer word, which stands first, forbids it",
      unknown,
      of(userId("Alice", { ...later, keyFlags: 1 }, signing)),
    ],
    ["a direct signature forbids what a name allows", unknown, of(directKeySignature({ keyFlags: 1 }), name)],
    ["the key has expired", expired, of(userId("Alice", { ...signing, keyExpires: day }))],
    ["the key expires later", "good", of(userId("Alice", { ...signing, keyExpires: now - created + 1 }))],
    ["the key expires now", "good", of(userId("Alice", { ...signing, keyExpires: now - created }))],
    [
      "the key expired a second ago",
      expired,
      of(userId("Alice", { ...signing, keyExpires: now - created - 1 })),
    ],
    ["a direct signature says it has expired", expired, of(directKeySignature({ keyExpires: day }), name)],
    ["a newer word extends it", "good", of(userId("Alice", { ...signing, keyExpires: day }, later))],
    ["a newer word shortens it", expired, of(userId("Alice", signing, { ...later, keyExpires: day }))],
    [
      "one name has expired, and the newer sets no end",
      expired,
      of(userId("Alice", { ...signing, keyExpires: day }), userId("Al", later)),
    ],
    [
      "of two names the newer ends later",
      "good",
      of(
        userId("Alice", { ...signing, keyExpires: day }),
        userId("Al", { ...later, keyExpires: 50 * 365 * day }),
      ),
    ],
    ["it is revoked", revoked, of(keyRevocation(), name)],
    ["it is revoked, in the wrong place", revoked, of(name, keyRevocation())],
    ["it is revoked below a subkey", revoked, of(name, subkey(work), keyRevocation())],
    ["it is revoked with SHA-1", revoked, of(keyRevocation({ hash: "sha1" }), name)],
    ["it is revoked from tomorrow on", revoked, of(keyRevocation({ created: now + day }), name)],
    ["its revocation has expired", revoked, of(keyRevocation({ says: [ends(1)] }), name)],
    ["it was revoked before it was made", "good", of(keyRevocation({ created: created - 1 }), name)],
    ["its revocation is MD5's", "good", of(keyRevocation({ hash: "md5" }), name)],
    ["its revocation is for this machine only", "good", of(keyRevocation({ says: [local] }), name)],
    [
      "its revocation is not understood",
      "good",
      of(keyRevocation({ says: [notation("a@b", "c", { critical: true })] }), name),
    ],
    ["a stranger revokes it", "good", of(keyRevocation({ by: bob }), name)],
    [
      "its only name is revoked",
      "good",
      of(name, selfSignature("Alice", { type: signatureType.certificationRevocation, created: created + 1 })),
    ],
    ["its only name's word is over", "good", of(userId("Alice", { ...signing, says: [ends(1)] }))],
    ["a name's word is SHA-1's", "good", of(userId("Alice", { ...signing, hash: "sha1" }))],
    ["a name's word is of version 3", "good", of(userId("Alice", { version: 3 }))],
    ["a name's word is from tomorrow", "good", of(userId("Alice", { ...signing, created: now + day }))],
    [
      "a name's word stands below a subkey",
      "good",
      of(bareUserId("Alice"), subkey(work), selfSignature("Alice", signing)),
    ],
    [
      "names stand behind subkeys, and all they say is lost",
      unknown,
      of(subkey(work), userId("Alice", signing)),
    ],
  ]);
});

describe("no key is taken in, where", () => {
  const future = createGpgKey("alice", "ed25519", { created: now + day });
  expectAll([
    ["there is no user id", "no keys", of()],
    ["there is only a direct signature", "no keys", of(directKeySignature(signing))],
    ["nothing vouches for the user id", "no keys", of(bareUserId("Alice"))],
    ["another key vouches for the user id", "no keys", of(userId("Alice", { by: bob }))],
    ["MD5 vouches for the user id", "no keys", of(userId("Alice", { hash: "md5" }))],
    ["its word is older than itself", "no keys", of(userId("Alice", { created: created - 1 }))],
    ["it is of the future", "no keys", certificate(future, userId("Alice")), future],
    ["it certifies what is not there", "no keys", of(selfSignature("Al"), name)],
    ["the file is empty", "no keys", octets()],
    ["there is no file", "no keys", []],
    ["the file is something else", "no keys", Buffer.from("no key")],
    ["the file is a message", "no keys", signedMessage(alice, document)],
    ["the file is compressed", "no keys", compressed(of(name))],
    [
      "a signature of no octets follows it, at which gpg ends itself",
      "no keys",
      Buffer.concat([of(name), documentSignature({ ...alice, sign: () => octets(0, 0, 0, 0) }, document)]),
    ],
    ["junk follows it", "no keys", Buffer.concat([of(name), Buffer.from("junk")])],
    ["junk stands before it", "no keys", Buffer.concat([Buffer.from("junk"), of(name)])],
    ["the next key is cut short", "no keys", Buffer.concat([of(name), certificate(bob).subarray(0, 20)])],
    [
      "the next key is of version 6",
      "no keys",
      Buffer.concat([of(name), packet(tag.publicKey, octets(6, ...bob.body.slice(1)))]),
    ],
  ]);
});

describe("a subkey's signature, where", () => {
  const signs = { keyFlags: flags.sign };
  const boundBy = (...bindings: Parameters<typeof subkey>[1][]) =>
    of(name, subkey(work, ...bindings.filter((one) => one !== undefined)));
  const rows: readonly Row[] = [
    ["both agree", "good", boundBy(signs)],
    ["the binding says nothing of what it is for", "good", boundBy({ backsig: true })],
    ["the subkey has not agreed", notAgreed, boundBy({ ...signs, backsig: false })],
    ["another key has agreed", notAgreed, boundBy({ ...signs, backsig: bob })],
    [
      "the subkey agreed before it was made",
      notAgreed,
      boundBy({ ...signs, backsig: { type: signatureType.primaryBinding, created: created - 1 } }),
    ],
    ["it is for encryption", unknown, boundBy({ keyFlags: flags.encrypt })],
    ["it is for logging in", unknown, boundBy({ keyFlags: flags.authenticate })],
    ["nothing binds it", unknown, of(name, bareSubkey)],
    ["another key binds it", unknown, boundBy({ ...signs, by: bob })],
    ["its binding is over", unknown, boundBy({ ...signs, says: [ends(1)] })],
    ["its binding is for this machine only", unknown, boundBy({ ...signs, says: [local] })],
    ["its binding stands elsewhere", "good", of(name, binding(work, signs), bareSubkey)],
    [
      "a newer binding forbids it",
      unknown,
      boundBy(signs, { keyFlags: flags.authenticate, created: created + 1 }),
    ],
    [
      "a newer binding, which stands first, forbids it",
      unknown,
      boundBy({ keyFlags: flags.authenticate, created: created + 1 }, signs),
    ],
    ["it has expired", expired, boundBy({ ...signs, keyExpires: day })],
    ["it is revoked", revoked, of(name, subkey(work), subkeyRevocation(work))],
    [
      "it was revoked, and then bound anew",
      revoked,
      of(name, bareSubkey, subkeyRevocation(work), binding(work, { ...signs, created: created + 1 })),
    ],
    [
      "the primary key has expired",
      expired,
      of(userId("Alice", { ...signing, keyExpires: day }), subkey(work)),
    ],
    ["the primary key is revoked", revoked, of(keyRevocation(), name, subkey(work))],
    [
      "the primary key may certify only",
      "good",
      of(userId("Alice", { keyFlags: flags.certify }), subkey(work)),
    ],
    ["two keys claim it", "shared", [of(name, subkey(work)), certificate(bob, userId("Bob"), subkey(work))]],
    [
      "it is its own primary key, which may certify only",
      unknown,
      certificate(work, userId("Work", { keyFlags: flags.certify }), subkey(work)),
    ],
    ["it is a key of its own too", "good", [of(name, subkey(work)), certificate(work, userId("Work"))]],
  ];
  expectAll(rows.map(([what, expected, files]) => [what, expected, files, work]));
  it("names the primary key", () => {
    const keys = currentKeys(importKeys([of(name, subkey(work))]), now);
    const { signer } = openMessage(signedMessage(work, document), keys.find, now);
    assert.equal(signer.primary.fingerprint, fingerprintText(alice));
  });
});

describe("several keys and files, where", () => {
  const armored = (bytes: Uint8Array) => armor("PUBLIC KEY BLOCK", bytes);
  const other = certificate(bob, userId("Bob"));
  const named = of(designatedRevoker(bob), keyRevocation({ by: bob }), name);
  const badRevocation = Buffer.from(keyRevocation()(alice)).with(-1, 0);
  expectAll([
    ["one file holds several", "good", Buffer.concat([other, of(name)])],
    ["several files hold one each", "good", [other, of(name)]],
    ["another file is junk", "good", [Buffer.from("junk"), of(name), Buffer.from("junk")]],
    [
      "an old key stands before",
      "good",
      Buffer.concat([packet(tag.publicKey, octets(3, ...bob.body.slice(1))), of(name)]),
    ],
    [
      "comments and documents stand between",
      "good",
      of(
        () => packet(16, octets(1), { old: 1 }),
        () => literal(document),
        name,
      ),
    ],
    ["a user id is too long", "good", of(userId("A".repeat(2049)), name)],
    ["a user id is too long to be kept", "no keys", of(userId("A".repeat(2039)), name)],
    [
      "another file has the subkey's revocation alone",
      revoked,
      [of(name, subkey(work)), of(name, bareSubkey, subkeyRevocation(work))],
      work,
    ],
    [
      "an earlier file has the subkey's revocation alone",
      revoked,
      [of(name, bareSubkey, subkeyRevocation(work)), of(name, subkey(work))],
      work,
    ],
    [
      "a name stands behind a subkey that is revoked and not bound",
      unknown,
      of(bareSubkey, subkeyRevocation(work), name),
    ],
    ["one file has the key, another its subkey", "good", [of(name), of(name, subkey(work))], work],
    ["the other file does not say whose subkey", "good", [of(name), of(subkey(work))], work],
    ["only the other order is known", "no keys", [of(subkey(work))], work],
    ["the later file revokes", revoked, [of(name), of(keyRevocation(), name)]],
    ["a file is a revocation alone", revoked, [of(name), keyRevocation()(alice)]],
    ["the revocation comes before its key", "good", [keyRevocation()(alice), of(name)]],
    ["a bad revocation ends its file", unknown, [of(name), Buffer.concat([badRevocation, other])], bob],
    [
      "a revocation stands in another key's block",
      revoked,
      [of(name), certificate(bob, userId("Bob"), keyRevocation({ by: alice }), () => keyRevocation()(alice))],
    ],
    ["whom it has named has revoked it", revoked, [other, named]],
    ["whom it has named comes later", revoked, [named, other]],
    ["whom it has named is not there", "good", [named]],
    [
      "whom it has named may not sign",
      "good",
      [certificate(bob, userId("Bob", { keyFlags: flags.certify })), named],
    ],
    [
      "whom it has named is revoked himself",
      revoked,
      [certificate(bob, keyRevocation(), userId("Bob")), named],
    ],
    ["it is armored", "good", Buffer.from(armored(of(name)))],
    [
      "one file holds several that are armored, and text",
      "good",
      Buffer.from(`one\n${armored(other)}two\n${armored(of(name))}`),
    ],
    ["binary packets stand behind armor", unknown, Buffer.concat([Buffer.from(armored(other)), of(name)])],
    ["armor stands behind binary packets", "no keys", Buffer.concat([other, Buffer.from(armored(of(name)))])],
  ]);

  it("version 5's keys too", () => {
    const key = createGpgKey("five", "ed25519", { version: 5 });
    assert.equal(outcome([certificate(key, userId("Five"))], key), "good");
    assert.equal(outcome([certificate(key, userId("Five", { ...signing, version: 5 }))], key), "good");
  });
});

/** A packet that says how long it is, and what there is of it at the end of a file. */
function cut(type: number, length: number, ...parts: readonly Uint8Array[]): Buffer {
  return Buffer.concat([octets(0xc0 | type, 0xff), number(length, 4), ...parts]);
}

/** What is lost of a file is lost with its revocations. */
describe("a file that revokes a good key", () => {
  const good = of(name);
  const revoking = of(keyRevocation(), name);
  const body = keyRevocation()(alice).subarray(2);
  const subkeyBody = work.body;
  const unknownKey = octets(4, 0, 0, 0, 1, 99, ...Buffer.alloc(20));
  const signature = (algorithm: number, ...rest: readonly number[]) =>
    octets(4, 0x18, algorithm, 8, 0, 0, 0, 0, ...rest);
  const stillRevokes: readonly (readonly [what: string, ending: Uint8Array])[] = [
    ["a subkey that says it is longer", cut(tag.publicSubkey, 300, subkeyBody)],
    ["a subkey that is cut before its algorithm", cut(tag.publicSubkey, 51, subkeyBody.subarray(0, 3))],
    ["a subkey of an unknown algorithm that is cut", cut(tag.publicSubkey, 300, unknownKey)],
    ["a subkey of as many octets as there may be", cut(tag.publicSubkey, 262_145, subkeyBody)],
    ["an old key that is cut", cut(tag.publicKey, 300, octets(3))],
    ["a user id that is cut", cut(tag.userId, 300, octets(65))],
    ["a document that is cut", cut(11, 300, octets(0x62))],
    ["an announcement", packet(tag.onePassSignature, octets(3, 0, 8, 22, ...Buffer.alloc(9)))],
    ["an announcement that is cut", cut(tag.onePassSignature, 13, octets(3))],
    ["a check value", packet(19, Buffer.alloc(20))],
    ["a signature that says it is longer", cut(tag.signature, 200, body)],
    ["a signature of an unknown algorithm that is cut", cut(tag.signature, 200, signature(99, 1, 2, 3))],
    ["the same, cut before its check octets", cut(tag.signature, 200, signature(99))],
    ["a signature of version 3 that is cut before its algorithm", cut(tag.signature, 200, octets(3, 5))],
  ];
  const revokesNot: readonly (readonly [what: string, ending: Uint8Array])[] = [
    ["a subkey that is cut in its numbers", cut(tag.publicSubkey, 51, subkeyBody.subarray(0, 40))],
    ["a subkey of more octets than there may be", cut(tag.publicSubkey, 262_146, subkeyBody)],
    ["a key of version 6 that is cut", cut(tag.publicKey, 51, octets(6))],
    ["a key that is cut before its version", cut(tag.publicKey, 51)],
    ["an announcement of version 4", packet(tag.onePassSignature, octets(4, ...Buffer.alloc(12)))],
    ["a short announcement", packet(tag.onePassSignature, octets(3, ...Buffer.alloc(11)))],
    ["a short check value", packet(19, Buffer.alloc(19))],
    ["a signature that is cut in its numbers", cut(tag.signature, body.length, body.subarray(0, -1))],
    ["a signature of too much that nobody knows", cut(tag.signature, 10_251, signature(99, 1, 2))],
    ["a signature of version 3 that is too short", cut(tag.signature, 18, octets(3, 5))],
  ];
  expectAll([
    ...stillRevokes.map(
      ([what, ending]): Row => [`and ends in ${what}`, revoked, [good, Buffer.concat([revoking, ending])]],
    ),
    ...revokesNot.map(
      ([what, ending]): Row => [`and ends in ${what}`, "good", [good, Buffer.concat([revoking, ending])]],
    ),
    [
      "with a signature that is cut short and says so",
      revoked,
      [good, cut(tag.signature, body.length + 10, body)],
    ],
    [
      "behind a user id that is too long, trust and its signature",
      revoked,
      [
        good,
        of(
          keyRevocation(),
          bareUserId("A".repeat(2049)),
          () => packet(tag.trust, octets(0, 0)),
          selfSignature("A".repeat(2049)),
          name,
        ),
      ],
    ],
    [
      "behind a user id that is too long, a packet of type 0 and its signature",
      revoked,
      [
        good,
        of(
          keyRevocation(),
          bareUserId("A".repeat(2049)),
          () => packet(0, octets(1), "new"),
          selfSignature("A".repeat(2049)),
          name,
        ),
      ],
    ],
    [
      "in another key's block that is not taken in",
      revoked,
      [good, certificate(bob, () => keyRevocation()(alice))],
    ],
    [
      "in another key's block, below a subkey, whose name nothing vouches for",
      revoked,
      [good, certificate(bob, bareUserId("Bob"), subkey(work), () => keyRevocation()(alice))],
    ],
    [
      "in another key's block, below a name that nothing vouches for",
      "good",
      [good, certificate(bob, bareUserId("Bob"), () => keyRevocation()(alice))],
    ],
  ]);
});

/** gpg takes signatures with the same numbers for one, and keeps the last of them, whether or not that one verifies. */
describe("of signatures with the same numbers, where", () => {
  const changed = (part: CertificatePart, at: number, value: number): CertificatePart => {
    return (primary) => Buffer.from(part(primary)).with(at + 2, value);
  };
  const word = selfSignature("Alice", signing);
  const [type, hashAlgorithm] = [1, 3];
  expectAll([
    ["a changed one follows", "no keys", of(bareUserId("Alice"), word, changed(word, type, 0x12))],
    ["a changed one comes first", "good", of(bareUserId("Alice"), changed(word, type, 0x12), word)],
    ["one over another hash follows", "good", of(bareUserId("Alice"), word, changed(word, hashAlgorithm, 8))],
    [
      "one over another hash follows a revocation",
      revoked,
      of(keyRevocation(), changed(keyRevocation(), hashAlgorithm, 8), name),
    ],
  ]);
});

describe("importKeys", () => {
  it("gives up on keys with more signatures of their own than anybody has", () => {
    const parts = Array.from({ length: 1001 }, (_, at) =>
      userId(
        "Alice",
        { ...signing, created: created + at },
        { by: alice, hash: "md5", created: created + at },
      ),
    );
    const misplaced = Array.from({ length: 1100 }, (_, at) =>
      selfSignature("nobody", { created: created + at }),
    );
    const file = of(name, userId("Al"), ...parts.slice(0, 2), ...misplaced);
    assert.throws(() => importKeys([file]), {
      code: "TRUST_MATERIAL_INVALID",
      message: /more signatures of their own than are verified/,
    });
  });
  it("gives up on files of more packets than are read", () => {
    const file = Buffer.concat([of(name), ...Array.from({ length: 20_001 }, () => packet(60, octets()))]);
    assert.throws(() => importKeys([file]), {
      code: "TRUST_MATERIAL_INVALID",
      message: /more packets than are read/,
    });
  });

  const whole = of(designatedRevoker(bob), name, subkey(work), subkeyRevocation(work));
  const importedFrom = (file: Uint8Array) => {
    try {
      return importKeys([file]).certificates;
    } catch (caught) {
      assert.equal(CountersignError.from(caught).code, "TRUST_MATERIAL_INVALID");
      return [];
    }
  };
  it("reads or refuses whatever file, and trusts no key that was changed", () => {
    const change = fc.record({ at: fc.nat(whole.length - 1), bit: fc.nat(7), length: fc.nat(whole.length) });
    fc.assert(
      fc.property(change, ({ at, bit, length }) => {
        const other = Buffer.from(whole.subarray(0, Math.max(length, at + 1)));
        other[at] = (other[at] ?? 0) ^ (1 << bit);
        for (const { key } of importedFrom(other)) assert.equal(key.fingerprint, fingerprintText(alice));
      }),
      { numRuns: 500 },
    );
  });
  it("reads or refuses arbitrary octets", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.constantFrom(0x98, 0x99, 0xc6, 0x2d),
        (bytes, first) => {
          assert.deepEqual(importedFrom(Buffer.concat([octets(first), bytes])), []);
        },
      ),
    );
  });
});
