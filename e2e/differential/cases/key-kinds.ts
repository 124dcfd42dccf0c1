import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { signWithKey, withAnnotations } from "@countersign/testkit/signing-kit/cosign-signature";
import type { KeyKind } from "@countersign/testkit/signing-kit/signing-key";
import type { Site } from "../case.ts";
import { kit } from "../evidence/kit.ts";
import { signatureOf, storeSigned, trusting } from "../evidence/signed.ts";
import { attach, storeImage } from "../evidence/store.ts";
import { type Rows, rowsOf } from "./table.ts";

export const usedKinds: readonly KeyKind[] = [
  "p224",
  "p256",
  "p384",
  "p521",
  "rsa1024",
  "rsa2048",
  "ed25519",
];

/** Kinds that nobody should sign with, or nobody can. */
const unusedKinds: Readonly<Record<string, () => KeyObject>> = {
  rsa3072: () => generateKeyPairSync("rsa", { modulusLength: 3072 }).publicKey,
  "rsa-pss": () => generateKeyPairSync("rsa-pss", { modulusLength: 2048 }).publicKey,
  dsa: () => generateKeyPairSync("dsa", { modulusLength: 1024, divisorLength: 160 }).publicKey,
  secp256k1: () => generateKeyPairSync("ec", { namedCurve: "secp256k1" }).publicKey,
  "prime192v1, not NIST's P-256": () => generateKeyPairSync("ec", { namedCurve: "prime192v1" }).publicKey,
  brainpoolP256r1: () => generateKeyPairSync("ec", { namedCurve: "brainpoolP256r1" }).publicKey,
  "p256 with its parameters spelt out": () =>
    generateKeyPairSync("ec", { namedCurve: "P-256", paramEncoding: "explicit" }).publicKey,
  ed448: () => generateKeyPairSync("ed448").publicKey,
  x25519: () => generateKeyPairSync("x25519").publicKey,
  x448: () => generateKeyPairSync("x448").publicKey,
  sm2: () => generateKeyPairSync("ec", { namedCurve: "SM2" }).publicKey,
};

const signature = "dev.cosignproject.cosign/signature";
const schemes = [{ hash: "sha1" }, { hash: "sha384" }, { hash: "sha512" }, { padding: "pss" }] as const;

export const kindRows: Rows = {
  ...rowsOf(
    usedKinds.map((kind) => [`${kind} signs`, kind] as const),
    (kind) => (site) => signedAndTrusted(site, kind),
  ),
  "rsa4096 signs": (site) => {
    const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 4096 });
    storeSigned(site, (good) =>
      withAnnotations(good, { [signature]: sign("sha256", good.payload, privateKey).toString("base64") }),
    );
    return trusting(site, publicKey.export({ type: "spki", format: "pem" }));
  },
  ...rowsOf(
    usedKinds.map((kind) => [`${kind} is trusted, another key signed`, kind] as const),
    (kind) => (site) => {
      storeSigned(site);
      return trusting(site, kit.key("other", kind));
    },
  ),
  ...rowsOf(
    usedKinds.map((kind) => [`${kind} is trusted, the signature is garbage`, kind] as const),
    (kind) => (site) => {
      storeSigned(site, (good) => withAnnotations(good, { [signature]: "Z2FyYmFnZQ==" }));
      return trusting(site, kit.key("other", kind));
    },
  ),
  ...rowsOf(
    Object.entries(unusedKinds).map(
      ([kind, make]) => [`${kind} is trusted, another key signed`, make] as const,
    ),
    (make) => (site) => {
      storeSigned(site);
      return trusting(site, make().export({ type: "spki", format: "pem" }));
    },
  ),
};

/** Other hashes and paddings than the one that counts. */
export const schemeRows: Rows = rowsOf(
  (["p256", "p384", "p521", "rsa2048", "ed25519"] as const).flatMap((kind) =>
    schemes.map((scheme) => [`${kind} with ${Object.values(scheme)}`, { kind, scheme }] as const),
  ),
  ({ kind, scheme }) =>
    (site) => {
      const key = kit.key("signer", kind);
      storeSigned(site, ({ payload }) => signWithKey(key, payload, scheme));
      return trusting(site, key);
    },
);

function signedAndTrusted(site: Site, kind: KeyKind) {
  const key = kit.key("signer", kind);
  const image = storeImage(site);
  attach(site, image, [signatureOf(image, `${site.name}:v1`, key)]);
  return trusting(site, key);
}
