import { answer } from "@countersign/testkit/registry/registry-answer";
import { attachment } from "@countersign/testkit/signing-kit/cosign-signature";
import { type Contents, inFiles, lookasideAt, onServer } from "../evidence/lookasides.ts";
import { accept, demand, reject, requireTrusted } from "../evidence/policies.ts";
import { signatureOf } from "../evidence/signed.ts";
import { signaturePath, storeImage } from "../evidence/store.ts";
import { type Rows, rowsOf } from "./table.ts";

/** Everything here has no simple signature, so that the key, which is none, is never looked at. */
const signedBy = { type: "signedBy", keyType: "GPGKeys", keyData: "eA==" };
const withoutSimple: Readonly<Record<string, Contents>> = {
  nothing: () => [],
  "a good sigstore one": (site, image) => [signatureOf(image, `${site.name}:v1`)],
  "an attachment of another kind": () => [attachment(Buffer.from("{}"), {}, "text/spdx+json")],
  junk: () => [Buffer.from("junk")],
  "an empty one": () => [Buffer.from("")],
  "a good sigstore one, then junk": (site, image) => [
    signatureOf(image, `${site.name}:v1`),
    Buffer.from("junk"),
  ],
  "a broken sigstore one": () => [Buffer.from("\0sigstore-json\n{")],
};

export const lookasideSignedByRows: Rows = {
  ...rowsOf(
    Object.entries(withoutSimple).flatMap(([name, make]) =>
      Object.entries({
        "GPG is asked for": [signedBy],
        "GPG is asked for, then sigstore": [signedBy, requireTrusted],
        "sigstore is asked for, then GPG": [requireTrusted, signedBy],
        "GPG is asked for, then everything rejected": [signedBy, reject],
        "anything accepted, then GPG asked for": [accept, signedBy],
      }).flatMap(([policy, requirements]) => [
        [`${name} in files, where ${policy}`, { make, requirements, store: inFiles }] as const,
        [`${name} on a server, where ${policy}`, { make, requirements, store: onServer }] as const,
      ]),
    ),
    ({ make, requirements, store }) =>
      (site) => {
        const image = storeImage(site);
        const registriesD = lookasideAt(store(site, image, make(site, image)));
        return { image: `${site.name}:v1`, policy: demand(site, ...requirements), registriesD };
      },
  ),
  ...rowsOf(
    [403, 404, 500].map((status) => [`a server answers ${status}, where GPG is asked for`, status] as const),
    (status) => (site) => {
      const image = storeImage(site);
      const registriesD = lookasideAt(onServer(site, image, []));
      site.lookaside.answer(image.digest, 1, answer(status));
      return { image: `${site.name}:v1`, policy: demand(site, signedBy), registriesD };
    },
  ),
  ...rowsOf(
    [403, 404].map(
      (status) => [`a registry refuses its list by ${status}, where GPG is asked for`, status] as const,
    ),
    (status) => (open) => {
      const site = open.listing();
      site.answerList(storeImage(site).digest, answer(status));
      return { image: `${site.name}:v1`, policy: demand(site, signedBy) };
    },
  ),
  "a registry lists nothing, where GPG is asked for": (open) => {
    const site = open.listing();
    storeImage(site);
    return { image: `${site.name}:v1`, policy: demand(site, signedBy) };
  },
  "an attachment that cannot be read, where GPG is asked for": (site) => {
    site.answer(signaturePath(storeImage(site)), answer(403));
    return { image: `${site.name}:v1`, policy: demand(site, signedBy) };
  },
};
