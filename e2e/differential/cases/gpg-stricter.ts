import {
  bareUserId,
  certificate,
  keyRevocation,
  selfSignature,
  subkey,
  userId,
} from "@countersign/testkit/signing-kit/gpg/gpg-certificate";
import { createGpgKey } from "@countersign/testkit/signing-kit/gpg/gpg-key";
import {
  compressed,
  documentSignature,
  literal,
  onePassSignature,
  signedMessage,
} from "@countersign/testkit/signing-kit/gpg/gpg-message";
import { armor, mpi, number, octets, packet, tag } from "@countersign/testkit/signing-kit/gpg/packet";
import { simpleSigningDocument } from "@countersign/testkit/signing-kit/gpg/simple-signing-document";
import type { Question, Site } from "../case.ts";
import { alice, aliceFile, askedFor, askedOf } from "../evidence/gpg.ts";
import { made } from "./gpg-made.ts";
import type { Rows } from "./table.ts";

/** The same for `signedBy`: what gpg reads and Countersign does not. */
export const stricterGpgRows: Rows = {
  "GPG: an armored message": (site) =>
    askedOf(site, (document) => Buffer.from(armor("MESSAGE", signedMessage(alice, document)))),
  "GPG: a message signed in clear": (site) =>
    made(site, "ed25519", ({ gpg, key }, document) => ({
      message: gpg.run(["--clear-sign"], document),
      files: [gpg.export(key)],
    })),
  "GPG: RSA of 768 bits signs": (site) => {
    const key = createGpgKey("kinds", "rsa768");
    const file = certificate(key, userId("Small"));
    return askedOf(site, (document) => signedMessage(key, document, { hash: "sha256" }), file);
  },
  "GPG: RSA of 768 bits for a subkey": (site) =>
    trustingWith(site, subkey(createGpgKey("kinds", "rsa768"))(alice)),
  "GPG: RSA with a large exponent beside the key": (site) => trustingWith(site, stray(1, 2048, 65)),
  "GPG: DSA of 4096 bits beside the key": (site) => trustingWith(site, stray(17, 4096, 256, 4095, 4095)),
  "GPG: a session key beside the key": (site) =>
    trustingWith(site, packet(1, octets(3, ...Buffer.alloc(8), 99, 0, 0))),
  "GPG: encrypted data beside the key": (site) => trustingWith(site, packet(tag.encrypted, Buffer.alloc(10))),
  "GPG: protected data beside the key": (site) =>
    trustingWith(site, packet(tag.encryptedIntegrity, octets(1, ...Buffer.alloc(10)))),
  "GPG: a key of no octets that takes what follows along": (site) =>
    trustingWith(site, cat(packet(tag.publicKey, octets()), octets(3), keyRevocation()(alice))),
  "GPG: a comment in a subkey": (site) =>
    trustingWith(site, packet(tag.publicSubkey, Buffer.from("# comment"))),
  "GPG: a document in parts beside the key": (site) =>
    trustingWith(site, packet(tag.literal, Buffer.alloc(40), { partial: 4 })),
  "GPG: a document of 130 KiB": (site) =>
    askedFor(site, (_, { digest }) => {
      const document = simpleSigningDocument({ digest, reference: `${site.name}:v1` });
      const filled = Buffer.concat([document, Buffer.alloc(130 * 1024, " ")]);
      return { message: signedMessage(alice, filled), files: [aliceFile] };
    }),
  "GPG: a document of 130 KiB, compressed": (site) =>
    askedOf(site, (document) =>
      compressed(signedMessage(alice, Buffer.concat([document, Buffer.alloc(130 * 1024, " ")]))),
    ),
  "GPG: a message of 1001 marks before what is signed": (site) =>
    askedOf(site, (document) => Buffer.concat([marks(1001), signedMessage(alice, document)])),
  "GPG: a message that nine times signs the same": (site) =>
    askedOf(site, (document) => {
      const nine = (part: Uint8Array) => Array.from({ length: 9 }, () => part);
      const [announcement, signature] = [onePassSignature(alice), documentSignature(alice, document)];
      return Buffer.concat([...nine(announcement), literal(document), ...nine(signature)]);
    }),
  "GPG: a key that has signed its name 1001 times": (site) => {
    const often = Array.from({ length: 1001 }, (_, day) =>
      selfSignature("Alice", { created: alice.created + day * 86_400 })(alice),
    );
    return askedOf(
      site,
      (document) => signedMessage(alice, document),
      certificate(alice, bareUserId("Alice"), () => Buffer.concat(often)),
    );
  },
  "GPG: a key behind 20,001 marks": (site) =>
    askedOf(site, (document) => signedMessage(alice, document), Buffer.concat([aliceFile, marks(20_001)])),
};

const cat = (...parts: readonly Uint8Array[]) => Buffer.concat(parts);

function marks(count: number): Buffer {
  return Buffer.concat(Array.from({ length: count }, () => packet(tag.marker, Buffer.from("PGP"))));
}

/** A good signature, where the trusted key's file has something more. */
function trustingWith(site: Site, more: Uint8Array): Question {
  return askedOf(site, (document) => signedMessage(alice, document), Buffer.concat([aliceFile, more]));
}

/** A key, with numbers of so many bits, that nothing vouches for. */
function stray(algorithm: number, ...bits: readonly number[]): Buffer {
  const numbers = bits.map((count) =>
    mpi(Buffer.concat([octets(2 ** ((count - 1) % 8)), Buffer.alloc(Math.ceil(count / 8) - 1, 1)])),
  );
  const head = [octets(4), number(alice.created, 4), octets(algorithm)];
  return packet(tag.publicKey, Buffer.concat([...head, ...numbers]));
}
