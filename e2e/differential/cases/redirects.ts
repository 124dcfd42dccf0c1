import { answer } from "@countersign/testkit/registry/registry-answer";
import type { Site } from "../case.ts";
import { demandEverywhere, requireTrusted } from "../evidence/policies.ts";
import { signatureOf, trusting } from "../evidence/signed.ts";
import { attach, digestOf, mediaTypes, signaturePath, storeImage } from "../evidence/store.ts";
import { type Rows, rowsOf } from "./table.ts";

/** Where a redirect leads, and with which status. */
const targets: Readonly<Record<string, (site: Site) => string>> = {
  "a path": (site) => `/v2/${site.repository}/moved`,
  "a relative path": () => "../moved",
  "a URL": (site) => `http://${site.host}/v2/${site.repository}/moved`,
  "an address where nobody is": () => "http://127.0.0.1:1/moved",
  nowhere: () => "",
  "another scheme": () => "ftp://127.0.0.1/moved",
  "a path where there is nothing": (site) => `/v2/${site.repository}/gone`,
};

const statuses = [301, 302, 303, 307, 308];

/** What is redirected: the image's manifest, its signatures' manifest, or a signature. */
const things = ["manifest", "signatures", "signature"] as const;

export const redirectRows: Rows = rowsOf(
  things.flatMap((thing) => [
    ...Object.entries(targets).map(
      ([name, target]) => [`${thing} to ${name}`, { thing, status: 307, target }] as const,
    ),
    ...statuses.map((status) => [`${thing} by ${status}`, { thing, status, target: movedPath }] as const),
  ]),
  ({ thing, status, target }) =>
    (site) => {
      const image = storeImage(site);
      const good = signatureOf(image, `${site.name}:v1`);
      const signatures = attach(site, image, [good]);
      const [path, type, bytes] = {
        manifest: ["manifests/v1", mediaTypes.manifest, image.bytes] as const,
        signatures: [signaturePath(image), mediaTypes.manifest, signatures.bytes] as const,
        signature: [
          `blobs/${digestOf(good.payload, "sha256")}`,
          "application/octet-stream",
          good.payload,
        ] as const,
      }[thing];
      site.answer(path, answer(status, target(site) === "" ? {} : { location: target(site) }));
      site.answer("moved", answer(200, { "content-type": type }, bytes));
      return thing === "manifest"
        ? { image: `${site.name}:v1`, policy: demandEverywhere(requireTrusted) }
        : trusting(site);
    },
);

function movedPath(site: Site): string {
  return `/v2/${site.repository}/moved`;
}
