import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { SigstoreAttachment } from "@countersign/engine/verify/ports";
import { sigstoreBlob } from "@countersign/testkit/layouts/signature-blob";
import type { StoredManifest } from "@countersign/testkit/registry/registry-store";
import {
  attachment,
  cosignPayload,
  signWithKey,
  withAnnotations,
} from "@countersign/testkit/signing-kit/cosign-signature";
import type { Question, Site } from "../case.ts";
import { kit, stranger, trusted } from "../evidence/kit.ts";
import { askedAs, demandOf, intoDirectory, intoLayout } from "../evidence/local-images.ts";
import { accept, inBase64, reject, sigstoreSigned } from "../evidence/policies.ts";
import { otherDigest, storeImage } from "../evidence/store.ts";
import { type Rows, rowsOf } from "./table.ts";

const name = "registry.example/app:v1";

/** Asks for a good signature of an image whose name the policy says itself. */
const demanding = sigstoreSigned({
  keyData: inBase64(trusted.publicKeyPem),
  signedIdentity: { type: "exactReference", dockerReference: name },
});

function good({ digest }: StoredManifest): SigstoreAttachment {
  return kit.sign(trusted, { digest, reference: name });
}

const simple = (text: string): Uint8Array => Buffer.from(`\0simple-signing\n${text}`);

/** What is stored as signatures, in their order. */
const stored: Readonly<
  Record<string, (image: StoredManifest) => readonly (SigstoreAttachment | Uint8Array)[]>
> = {
  nothing: () => [],
  "a good one": (image) => [good(image)],
  "two good ones": (image) => [good(image), good(image)],
  "a stranger's": ({ digest }) => [kit.sign(stranger, { digest, reference: name })],
  "a stranger's, then a good one": (image) => [
    kit.sign(stranger, { digest: image.digest, reference: name }),
    good(image),
  ],
  "one of another image": () => [
    signWithKey(trusted, cosignPayload({ digest: otherDigest, reference: name })),
  ],
  "one of another name": ({ digest }) => [kit.sign(trusted, { digest, reference: "ex.com/other:v1" })],
  "one without its annotation": (image) => [
    withAnnotations(good(image), { "dev.cosignproject.cosign/signature": undefined }),
  ],
  "an attachment that is none": () => [attachment(Buffer.from("{}"), {}, "text/spdx+json")],
  "something of GPG's": () => [simple("\x90")],
  "something of GPG's, then a good one": (image) => [simple("\x90"), good(image)],
  "an empty file": () => [new Uint8Array()],
  "a good one, then junk": (image) => [good(image), Buffer.from("junk")],
  junk: () => [Buffer.from("junk")],
  armour: () => [Buffer.from("-----BEGIN PGP MESSAGE-----\n")],
  "a format nobody knows": () => [Buffer.from("\0format\n")],
  "a format without an end": () => [Buffer.from("\0sigstore-json")],
  "JSON that is none": () => [Buffer.from("\0sigstore-json\n{")],
  "JSON of a list": () => [Buffer.from("\0sigstore-json\n[]")],
  "JSON of nothing": () => [Buffer.from("\0sigstore-json\n{}")],
  "127 of a stranger, then a good one": (image) => [
    ...Array.from({ length: 127 }, () => kit.sign(stranger, { digest: otherDigest, reference: "x" })),
    good(image),
  ],
};

/** What happens to the files afterwards. */
const spoilt: Readonly<Record<string, (at: (file: string) => string, image: StoredManifest) => void>> = {
  "the first is missing": (at) => rmSync(at("signature-1")),
  "there is only the third": (at, image) => {
    rmSync(at("signature-1"));
    writeFileSync(at("signature-3"), sigstoreBlob(good(image)));
  },
  "there is only one without a number": (at) => {
    rmSync(at("signature-1"));
    writeFileSync(at("signature-"), "");
  },
  "it is numbered from zero": (at, image) => {
    rmSync(at("signature-1"));
    writeFileSync(at("signature-0"), sigstoreBlob(good(image)));
  },
  "its number has a zero before it": (at, image) => {
    rmSync(at("signature-1"));
    writeFileSync(at("signature-01"), sigstoreBlob(good(image)));
  },
  "it is named after the manifest": (at, image) => {
    rmSync(at("signature-1"));
    writeFileSync(at(`${image.digest.slice(7)}.signature-1`), sigstoreBlob(good(image)));
  },
  "it is a link": (at, image) => {
    rmSync(at("signature-1"));
    writeFileSync(at("elsewhere"), sigstoreBlob(good(image)));
    symlinkSync("elsewhere", at("signature-1"));
  },
  "it is a link to nothing": (at) => {
    rmSync(at("signature-1"));
    symlinkSync("nowhere", at("signature-1"));
  },
  "it is a link to itself": (at) => {
    rmSync(at("signature-1"));
    symlinkSync("signature-1", at("signature-1"));
  },
  "it is a directory": (at) => {
    rmSync(at("signature-1"));
    mkdirSync(at("signature-1"));
  },
  "the second is a directory": (at) => mkdirSync(at("signature-2")),
};

/** What the policy says of the signed name; most of it needs a name of the image's own, which there is not. */
const identities: Readonly<Record<string, unknown>> = {
  nothing: undefined,
  matchExact: { type: "matchExact" },
  matchRepoDigestOrExact: { type: "matchRepoDigestOrExact" },
  matchRepository: { type: "matchRepository" },
  exactReference: { type: "exactReference", dockerReference: name },
  "exactReference of another tag": { type: "exactReference", dockerReference: "registry.example/app:v2" },
  exactRepository: { type: "exactRepository", dockerRepository: "registry.example/app" },
  "exactRepository of another": { type: "exactRepository", dockerRepository: "registry.example/other" },
  remapIdentity: { type: "remapIdentity", prefix: "a.example", signedPrefix: "registry.example" },
};

const policies: Readonly<Record<string, readonly unknown[]>> = {
  "a signature is asked for": [demanding],
  "nothing is asked for": [accept],
  "nothing is accepted": [reject],
  "a signature is asked for that nothing can be": [demanding, reject],
};

function ask(
  site: Site,
  signatures: (image: StoredManifest) => readonly (SigstoreAttachment | Uint8Array)[],
  requirements: readonly unknown[],
  spoil: (at: (file: string) => string, image: StoredManifest) => void = () => {},
): Question {
  const image = storeImage(site);
  const directory = intoDirectory(site, { image, signatures: signatures(image) });
  spoil((file) => join(directory, file), image);
  return askedAs(`dir:${directory}`, demandOf("dir", directory, ...requirements));
}

export const directorySignatureRows: Rows = {
  ...rowsOf(
    Object.entries(stored).flatMap(([what, signatures]) =>
      Object.entries(policies).map(
        ([policy, requirements]) => [`${what}, where ${policy}`, { signatures, requirements }] as const,
      ),
    ),
    ({ signatures, requirements }) =>
      (site) =>
        ask(site, signatures, requirements),
  ),
  ...rowsOf(
    Object.entries(spoilt).flatMap(([what, spoil]) =>
      Object.entries(policies).map(
        ([policy, requirements]) =>
          [`a good one, and ${what}, where ${policy}`, { spoil, requirements }] as const,
      ),
    ),
    ({ spoil, requirements }) =>
      (site) =>
        ask(site, (image) => [good(image)], requirements, spoil),
  ),
  ...rowsOf(
    Object.entries(identities).map(([what, identity]) => [
      `a good one, whose name is wanted by ${what}`,
      identity,
    ]),
    (signedIdentity) => (site) =>
      ask(site, (image) => [good(image)], [
        sigstoreSigned({ keyData: inBase64(trusted.publicKeyPem), signedIdentity }),
      ]),
  ),
  "in a layout, though a good one lies beside the manifest": (site) => {
    const image = storeImage(site);
    const directory = intoLayout(site, [["v1", image]]);
    writeFileSync(join(directory, "signature-1"), sigstoreBlob(good(image)));
    return askedAs(`oci:${directory}:v1`, demandOf("oci", directory, demanding));
  },
  "by GPG, of which a layout has none": (site) => {
    const directory = intoLayout(site, [["v1", storeImage(site)]]);
    const signedBy = { type: "signedBy", keyType: "GPGKeys", keyPath: site.absent("none") };
    return askedAs(`oci:${directory}:v1`, demandOf("oci", directory, signedBy));
  },
};
