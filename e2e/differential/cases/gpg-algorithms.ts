import { certificate, userId } from "@countersign/testkit/signing-kit/gpg/gpg-certificate";
import { createGpgKey, type GpgHash, type GpgKey } from "@countersign/testkit/signing-kit/gpg/gpg-key";
import { signedMessage } from "@countersign/testkit/signing-kit/gpg/gpg-message";
import { signatureBody } from "@countersign/testkit/signing-kit/gpg/gpg-signature";
import { packet, tag } from "@countersign/testkit/signing-kit/gpg/packet";
import { alice, aliceFile, askedOf } from "../evidence/gpg.ts";
import { type Rows, rowsOf } from "./table.ts";

const kinds = [
  ...(["rsa1024", "rsa2048", "dsa1024", "dsa2048", "p224", "p256", "p384", "p521", "secp256k1"] as const),
  ...(["brainpoolP160r1", "brainpoolP192r1", "brainpoolP224r1", "brainpoolP256r1"] as const),
  ...(["brainpoolP320r1", "brainpoolP384r1", "brainpoolP512r1"] as const),
  ...(["prime192v1", "ed25519", "ed448"] as const),
];
const hashes: readonly GpgHash[] = ["md5", "sha1", "ripemd160", "sha224", "sha256", "sha384", "sha512"];
const approvedForDsa: ReadonlySet<GpgHash> = new Set(["sha1", "sha224", "sha256", "sha384", "sha512"]);

/** Every kind of key with every hash, as a document's and as the key's own. */
const pairs = kinds
  .flatMap((kind) => hashes.map((hash) => ({ kind, hash })))
  // OpenSSL, which makes them, does not
  .filter(({ kind, hash }) => !kind.startsWith("dsa") || approvedForDsa.has(hash));

/** The key, with another number for its algorithm in what it signs. */
function claiming(algorithm: number): GpgKey {
  return { ...alice, algorithm };
}

export const gpgAlgorithmRows: Rows = {
  ...rowsOf(
    pairs.map((pair) => [`a document, ${pair.kind} with ${pair.hash}`, pair] as const),
    ({ kind, hash }) =>
      (site) => {
        const key = createGpgKey("kinds", kind);
        return askedOf(site, (document) => signedMessage(key, document, { hash }), fileOf(key));
      },
  ),
  ...rowsOf(
    pairs
      .filter(({ kind }) => ["rsa2048", "dsa2048", "p256", "ed25519"].includes(kind))
      .map((pair) => [`the key itself, ${pair.kind} with ${pair.hash}`, pair] as const),
    ({ kind, hash }) =>
      (site) => {
        const key = createGpgKey("kinds", kind);
        const file = certificate(key, userId("Kinds", { keyFlags: 3, hash }));
        return askedOf(site, (document) => signedMessage(key, document), file);
      },
  ),
  ...rowsOf(
    [0, 1, 2, 3, 16, 17, 18, 19, 20, 21, 27, 28, 100].map(
      (algorithm) => [`a signature by Ed25519 that says it is of algorithm ${algorithm}`, algorithm] as const,
    ),
    (algorithm) => (site) =>
      askedOf(site, (document) => signedMessage(claiming(algorithm), document), aliceFile),
  ),
  ...rowsOf(
    [0, 4, 5, 7, 12, 14, 110].map((hash) => [`a signature of hash ${hash}`, hash] as const),
    (hash) => (site) =>
      askedOf(site, (document) => {
        const body = signatureBody(alice, document, { type: 0, created: alice.created });
        body[3] = hash;
        const message = signedMessage(alice, document);
        const signature = packet(tag.signature, body);
        return Buffer.concat([message.subarray(0, -signature.length), signature]);
      }),
  ),
};

function fileOf(key: GpgKey): Buffer {
  return certificate(key, userId("Kinds", { keyFlags: 3, hash: "sha512" }));
}
