import type { StoredManifest } from "@countersign/testkit/registry/registry-store";
import { attachment, withAnnotations } from "@countersign/testkit/signing-kit/cosign-signature";
import type { Site } from "../case.ts";
import { kit, stranger } from "../evidence/kit.ts";
import { askedAt, type Contents, inFiles, lookasideAt, onServer } from "../evidence/lookasides.ts";
import { accept, demand, reject, requireTrusted } from "../evidence/policies.ts";
import { signatureOf, trusting } from "../evidence/signed.ts";
import { attach, otherDigest, storeImage } from "../evidence/store.ts";
import { type Rows, rowsOf } from "./table.ts";

const raw = (text: string): Uint8Array => Buffer.from(text, "latin1");
const good = (site: Site, image: StoredManifest) => signatureOf(image, `${site.name}:v1`);
const strangers = (site: Site, { digest }: StoredManifest) =>
  kit.sign(stranger, { digest, reference: `${site.name}:v1` });

/** What the files of one manifest hold, in their order. */
const contents: Readonly<Record<string, Contents>> = {
  nothing: () => [],
  "a good one": (site, image) => [good(site, image)],
  "two good ones": (site, image) => [good(site, image), good(site, image)],
  "a stranger's": (site, image) => [strangers(site, image)],
  "a stranger's, then a good one": (site, image) => [strangers(site, image), good(site, image)],
  "one of another digest": (site) => [
    signatureOf({ digest: otherDigest } as StoredManifest, `${site.name}:v1`),
  ],
  "one of another name": (_, image) => [signatureOf(image, "ex.com/other:v1")],
  "one without its annotation": (site, image) => [
    withAnnotations(good(site, image), { "dev.cosignproject.cosign/signature": undefined }),
  ],
  "an attachment of another kind": () => [attachment(raw("{}"), {}, "text/spdx+json")],
  "an attachment of another kind, then a good one": (site, image) => [
    attachment(raw("{}"), {}, "text/spdx+json"),
    good(site, image),
  ],
  "OpenPGP in the old manner": () => [raw("\x90\x00")],
  "OpenPGP, marked as such": () => [raw("\0simple-signing\nanything")],
  "OpenPGP, then a good one": (site, image) => [raw("\xa3\x00"), good(site, image)],
  "a good one, then OpenPGP": (site, image) => [good(site, image), raw("\x88\x00")],
  "OpenPGP, an attachment and a stranger's": (site, image) => [
    raw("\xc2\x00"),
    attachment(raw("x"), {}, "text/plain"),
    strangers(site, image),
  ],
  "127 of a stranger": (site, image) => Array.from({ length: 127 }, () => strangers(site, image)),
  "126 of a stranger, then a good one": (site, image) => [
    ...Array.from({ length: 126 }, () => strangers(site, image)),
    good(site, image),
  ],
  "127 of a stranger, then a good one": (site, image) => [
    ...Array.from({ length: 127 }, () => strangers(site, image)),
    good(site, image),
  ],
  "a good one, then 127 of a stranger": (site, image) => [
    good(site, image),
    ...Array.from({ length: 127 }, () => strangers(site, image)),
  ],
  "128 good ones and junk": (site, image) => [
    ...Array.from({ length: 128 }, () => good(site, image)),
    raw("junk"),
  ],
};

const policies: Readonly<Record<string, readonly unknown[]>> = {
  "nothing is asked for": [accept],
  "nothing is accepted": [reject],
  "a signature is asked for where nothing can be accepted": [requireTrusted, reject],
  "a signature is asked for twice": [requireTrusted, requireTrusted],
};

export const lookasideContentRows: Rows = {
  ...rowsOf(
    Object.entries(contents).flatMap(([name, make]) => [
      [`${name}, in files`, { make, store: inFiles }] as const,
      [`${name}, on a server`, { make, store: onServer }] as const,
    ]),
    ({ make, store }) =>
      (site) => {
        const image = storeImage(site);
        return askedAt(site, store(site, image, make(site, image)));
      },
  ),
  ...rowsOf(
    Object.entries(contents)
      .filter(([name]) => !/12\d/.test(name))
      .map(([name, make]) => [`${name}, beside a good attachment`, make] as const),
    (make) => (site) => {
      const image = storeImage(site);
      attach(site, image, [good(site, image)]);
      const address = inFiles(site, image, make(site, image));
      return { ...trusting(site), registriesD: lookasideAt(address, "  use-sigstore-attachments: true\n") };
    },
  ),
  ...rowsOf(
    Object.entries(policies).flatMap(([policy, requirements]) =>
      Object.entries({
        "a good one": contents["a good one"],
        junk: () => [raw("junk")],
        nothing: () => [],
      }).map(
        ([name, make]) => [`${name}, where ${policy}`, { make: make as Contents, requirements }] as const,
      ),
    ),
    ({ make, requirements }) =>
      (site) => {
        const image = storeImage(site);
        const address = onServer(site, image, make(site, image));
        return {
          image: `${site.name}:v1`,
          policy: demand(site, ...requirements),
          registriesD: lookasideAt(address),
        };
      },
  ),
};
