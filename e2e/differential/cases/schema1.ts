import type { Digest } from "@countersign/engine/values/digest";
import type { StoredManifest } from "@countersign/testkit/registry/registry-store";
import type { Site } from "../case.ts";
import { kit, trusted } from "../evidence/kit.ts";
import { trusting } from "../evidence/signed.ts";
import { attach, digestOf, mediaTypes } from "../evidence/store.ts";
import { named, type Rows, rowsOf } from "./table.ts";

const payload = `{\n   "schemaVersion": 1,\n   "name": "app",\n   "tag": "v1",\n   "fsLayers": [],\n   "history": []\n}`;
const base64url = (text: string) => Buffer.from(text).toString("base64url");
const header = {
  formatLength: payload.length - 2,
  formatTail: base64url("\n}"),
  time: "2015-01-01T00:00:00Z",
};

/** Signed manifests of schema 1: their digest is that of what was signed, without the signatures. */
const manifests: Readonly<Record<string, string>> = {
  "as it should be": signedManifest(header),
  "without signatures": payload,
  "with no signature in the list": payload.replace(/\n\}$/, `,\n   "signatures": []\n}`),
  "with another length": signedManifest({ ...header, formatLength: header.formatLength - 1 }),
  "with a length beyond the end": signedManifest({ ...header, formatLength: 100_000 }),
  "with no length": signedManifest({ formatTail: header.formatTail }),
  "with no tail": signedManifest({ formatLength: header.formatLength }),
  "with a tail that is no base64": signedManifest({ ...header, formatTail: "*" }),
  "with a header that is no JSON": signedManifest("hello"),
  "with a header that is no base64": signedManifest(header).replace(base64url(JSON.stringify(header)), "*"),
  "with two signatures": signedManifest(header).replace(/"signatures": \[(.*)\]/, `"signatures": [$1,$1]`),
};

/** Signed under another name: the answer tells whether the signature was found by the right digest. */
export const schema1Rows: Rows = rowsOf(
  Object.entries(manifests).flatMap(([name, text]) =>
    named(`${name}, `, {
      "by its type": mediaTypes.schema1Signed,
      "as something else": mediaTypes.manifest,
    }).map(([whole, mediaType]) => [whole, { text, mediaType }] as const),
  ),
  ({ text, mediaType }) =>
    (site) => {
      const bytes = Buffer.from(text);
      site.store.putManifest(site.repository, bytes, mediaType, "v1");
      signAs(site, digestOf(bytes, "sha256"), "ex.com/whole:v1");
      signAs(site, digestOf(Buffer.from(payload), "sha256"), "ex.com/payload:v1");
      return trusting(site);
    },
);

function signAs(site: Site, digest: string, reference: string): void {
  const subject: StoredManifest = { digest: digest as Digest, bytes: Buffer.alloc(0), mediaType: "" };
  attach(site, subject, [kit.sign(trusted, { digest: subject.digest, reference })]);
}

function signedManifest(protectedHeader: unknown): string {
  const text = typeof protectedHeader === "string" ? protectedHeader : JSON.stringify(protectedHeader);
  const signature = { header: { alg: "ES256" }, signature: "eA", protected: base64url(text) };
  return payload.replace(/\n\}$/, `,\n   "signatures": [${JSON.stringify(signature)}]\n}`);
}
