import type { SigstoreAttachment } from "@countersign/engine/verify/ports";
import type { StoredManifest } from "@countersign/testkit/registry/registry-store";
import {
  attachment,
  cosignPayload,
  signWithKey,
  withAnnotations,
} from "@countersign/testkit/signing-kit/cosign-signature";
import type { SigningKey } from "@countersign/testkit/signing-kit/signing-key";
import type { Question, Site } from "../case.ts";
import { stranger, trusted } from "../evidence/kit.ts";
import { demand, inBase64, sigstoreSigned } from "../evidence/policies.ts";
import { signatureOf, signedText, storeSigned, storeSignedOften, trusting } from "../evidence/signed.ts";
import { otherDigest } from "../evidence/store.ts";
import { type Rows, rowsOf } from "./table.ts";

type Kind = (good: SigstoreAttachment, image: StoredManifest, site: Site) => SigstoreAttachment;

const signature = "dev.cosignproject.cosign/signature";

/** One layer of every fate. */
const kinds = {
  good: (good) => good,
  stranger: (_, image, site) => signatureOf(image, `${site.name}:v1`, stranger),
  "wrong digest": (_, __, site) => named(otherDigest, `${site.name}:v1`),
  "wrong name": (_, { digest }) => named(digest, "ex.com/other:v1"),
  "no annotation": (good) => withAnnotations(good, { [signature]: undefined }),
  "bad base64": (good) => withAnnotations(good, { [signature]: "%" }),
  "bad JSON": () => signedText("hello"),
  sbom: () => attachment(Buffer.from(`{"sbom":1}`), {}, "text/spdx+json"),
  attestation: () => attachment(Buffer.from("{}"), {}, "application/vnd.dsse.envelope.v1+json"),
  "good but another type": (good) => ({
    ...good,
    mediaType: "application/vnd.dev.cosign.simplesigning.v2+json",
  }),
  "good but type in capitals": (good) => ({
    ...good,
    mediaType: "application/vnd.dev.cosign.simplesigning.v1+JSON",
  }),
  "good but no type": (good) => ({ ...good, mediaType: "" }),
} satisfies Readonly<Record<string, Kind>>;

function named(digest: StoredManifest["digest"], reference: string): SigstoreAttachment {
  return signWithKey(trusted, cosignPayload({ digest, reference }));
}

type KindName = keyof typeof kinds;

const lists: readonly (readonly KindName[])[] = [
  [],
  ["sbom"],
  ["sbom", "attestation"],
  ["good but another type"],
  ["good but type in capitals"],
  ["good but no type"],
  ["sbom", "good"],
  ["good", "sbom"],
  ["sbom", "stranger"],
  ["good", "good"],
  ["good", "stranger"],
  ["stranger", "good"],
  ["stranger", "stranger"],
  ["stranger", "wrong digest"],
  ["wrong digest", "stranger"],
  ["wrong name", "wrong digest", "stranger"],
  ["no annotation", "bad base64", "bad JSON"],
  ["no annotation", "sbom", "bad JSON"],
  ["no annotation", "bad base64", "bad JSON", "stranger", "wrong digest", "wrong name"],
  ["no annotation", "bad base64", "bad JSON", "stranger", "wrong digest", "wrong name", "good"],
  ["wrong name", "wrong name", "wrong name"],
];

export const severalRows: Rows = {
  ...rowsOf(
    lists.map((list) => [list.length === 0 ? "no layer at all" : list.join(", "), list] as const),
    (list) => (site) => {
      storeSignedOften(site, (good, image) =>
        list.map((kind) => (kinds[kind] satisfies Kind as Kind)(good, image, site)),
      );
      return trusting(site);
    },
  ),
  "forty rejected, then a good one": (site) => {
    storeSignedOften(site, (good, { digest }) => [
      ...Array.from({ length: 40 }, (_, number) => named(digest, `ex.com/other-${number}:v1`)),
      good,
    ]);
    return trusting(site);
  },
  "one rejected under two requirements": (site) => {
    storeSigned(site, (_, image) => signatureOf(image, `${site.name}:v1`, stranger));
    return trustingEach(site, [stranger, trusted]);
  },
  "each of two requirements has its own signature": (site) => {
    storeSignedOften(site, (good, image) => [good, signatureOf(image, `${site.name}:v1`, stranger)]);
    return trustingEach(site, [stranger, trusted]);
  },
};

function trustingEach(site: Site, keys: readonly SigningKey[]): Question {
  const requirements = keys.map(({ publicKeyPem }) => sigstoreSigned({ keyData: inBase64(publicKeyPem) }));
  return { image: `${site.name}:v1`, policy: demand(site, ...requirements) };
}
