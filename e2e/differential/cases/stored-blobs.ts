import { askedAt, goodFor, inFiles, onServer } from "../evidence/lookasides.ts";
import { signatureOf } from "../evidence/signed.ts";
import { storeImage } from "../evidence/store.ts";
import { type Rows, rowsOf } from "./table.ts";

const raw = (text: string): Uint8Array => Buffer.from(text, "latin1");
const json = (text: string): Uint8Array => Buffer.from(`\0sigstore-json\n${text}`);

/** A first byte decides; these come alone, and before a good signature. */
const blobs: Readonly<Record<string, Uint8Array>> = {
  empty: raw(""),
  junk: raw("junk"),
  "a page": raw("<html></html>"),
  armoured: raw("-----BEGIN PGP MESSAGE-----\n\nx\n-----END PGP MESSAGE-----\n"),
  "a cleartext signature": raw("-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nx\n"),
  "JSON without its line": raw(`{"mimeType":"x"}`),
  gzip: raw("\x1f\x8b\x08\x00"),
  "a blank": raw(" \0sigstore-json\n{}"),
  "a mark of byte order": raw("\xef\xbb\xbf\0sigstore-json\n{}"),
  "a zero byte": raw("\0"),
  "a line end": raw("\n"),
  "no line end": raw("\0sigstore-json"),
  "a format nobody knows": raw("\0format\nx"),
  "a format in quotes": raw(`\0"x"\nx`),
  "no format": raw("\0\nx"),
  "a format in capitals": raw("\0SIGSTORE-JSON\n{}"),
  "a format and a blank": raw("\0sigstore-json \n{}"),
  "a format and a carriage return": raw("\0sigstore-json\r\n{}"),
  "a format with a high byte": raw("\0sigstore\xffjson\n{}"),
  "a format with a delete": raw("\0sigstore\x7fjson\n{}"),
  "a format with a zero byte": raw("\0sigstore\0json\n{}"),
  ...Object.fromEntries(
    [
      0x01, 0x0a, 0x20, 0x3c, 0x3d, 0x3e, 0x7f, 0x80, 0x87, 0x8c, 0x8f, 0x93, 0x94, 0x9f, 0xa4, 0xb0, 0xbf,
      0xc0, 0xc1, 0xc3, 0xc5, 0xc7, 0xc9, 0xcb, 0xff,
    ].map((byte) => [`byte ${byte.toString(16).padStart(2, "0")}`, Uint8Array.of(byte, 0)]),
  ),
};

/** What stands after the line; of a good one each member is broken, repeated or left out. */
const texts: Readonly<
  Record<string, (good: { mimeType: string; payload: string; annotations: string }) => string>
> = {
  nothing: () => "",
  "a blank": () => " ",
  null: () => "null",
  "a list": () => "[]",
  "a number": () => "1",
  "an empty object": () => "{}",
  "half of it": () => `{"mimeType":`,
  "a comma too many": ({ mimeType, payload, annotations }) =>
    `{"mimeType":${mimeType},"payload":${payload},"annotations":${annotations},}`,
  "something after it": (all) => `${whole(all)} x`,
  "another after it": (all) => whole(all) + whole(all),
  "blanks around it": (all) => ` \n${whole(all)}\n `,
  "a mark of byte order before it": (all) => `\ufeff${whole(all)}`,
  "bad UTF-8 in it": ({ mimeType, payload, annotations }) =>
    `{"mimeType":${mimeType},"payload":${payload},"annotations":${annotations},"x":"\u00ff"}`,
  "names in capitals": ({ mimeType, payload, annotations }) =>
    `{"MIMETYPE":${mimeType},"PAYLOAD":${payload},"ANNOTATIONS":${annotations}}`,
  "names with a long s": ({ mimeType, payload, annotations }) =>
    `{"mimeType":${mimeType},"payload":${payload},"annotation\u017f":${annotations}}`,
  "names with an escape": ({ mimeType, payload, annotations }) =>
    `{"mime\\u0054ype":${mimeType},"payload":${payload},"annotations":${annotations}}`,
  "an unknown member": (all) => `{"x":[1,{}],${whole(all).slice(1)}`,
  "no type": ({ payload, annotations }) => `{"payload":${payload},"annotations":${annotations}}`,
  "no payload": ({ mimeType, annotations }) => `{"mimeType":${mimeType},"annotations":${annotations}}`,
  "no annotations": ({ mimeType, payload }) => `{"mimeType":${mimeType},"payload":${payload}}`,
  ...broken("mimeType", ["null", "1", "[]", "{}", `""`, "true"]),
  ...broken("payload", [
    "null",
    "1",
    "{}",
    `""`,
    `"*"`,
    `"eA"`,
    `"eA="`,
    `"eB=="`,
    "[]",
    "[1,2]",
    "[null]",
    "[256]",
    "[-1]",
    "[1.5]",
    `["x"]`,
    "[1e1]",
    "true",
  ]),
  ...broken("annotations", ["null", "1", "[]", `"x"`, `{"a":1}`, `{"a":null}`, `{"a":{}}`, "{}"]),
  "a payload as a list of numbers": ({ mimeType, payload, annotations }) =>
    `{"mimeType":${mimeType},"payload":${JSON.stringify([...Buffer.from(JSON.parse(payload), "base64")])},"annotations":${annotations}}`,
  "a payload with line ends": ({ mimeType, payload, annotations }) =>
    `{"mimeType":${mimeType},"payload":${payload.replace(/^"(....)/, `"$1\\r\\n`)},"annotations":${annotations}}`,
  "a payload with a blank": ({ mimeType, payload, annotations }) =>
    `{"mimeType":${mimeType},"payload":${payload.replace(/^"(....)/, `"$1 `)},"annotations":${annotations}}`,
  "a good type, then another": (all) => whole(all).replace(/}$/, `,"mimeType":"x"}`),
  "another type, then a good one": (all) => whole(all).replace("{", `{"mimeType":"x",`),
  "a good type, then null": (all) => whole(all).replace(/}$/, `,"mimeType":null}`),
  "a good payload, then another": (all) => whole(all).replace(/}$/, `,"payload":"eA=="}`),
  "a good payload, then null": (all) => whole(all).replace(/}$/, `,"payload":null}`),
  "a good payload, then a list with null": (all) => whole(all).replace(/}$/, `,"payload":[null]}`),
  "another payload, then a good one": (all) => whole(all).replace("{", `{"payload":"eA==",`),
  "a payload that is spoilt, then a good one": (all) => whole(all).replace("{", `{"payload":1,`),
  "good annotations, then more": (all) => whole(all).replace(/}$/, `,"annotations":{"a":"b"}}`),
  "good annotations, then null": (all) => whole(all).replace(/}$/, `,"annotations":null}`),
  "good annotations, then none": (all) => whole(all).replace(/}$/, `,"annotations":{}}`),
  "annotations in two parts": ({ mimeType, payload, annotations }) =>
    `{"mimeType":${mimeType},"annotations":{"a":"b"},"payload":${payload},"ANNOTATIONS":${annotations}}`,
  "the signature twice, the second good": ({ mimeType, payload, annotations }) =>
    `{"mimeType":${mimeType},"payload":${payload},"annotations":${annotations.replace("{", `{"dev.cosignproject.cosign/signature":"eA==",`)}}`,
  "the signature twice, the first good": ({ mimeType, payload, annotations }) =>
    `{"mimeType":${mimeType},"payload":${payload},"annotations":${annotations.replace(/}$/, `,"dev.cosignproject.cosign/signature":"eA=="}`)}}`,
};

function whole({
  mimeType,
  payload,
  annotations,
}: {
  mimeType: string;
  payload: string;
  annotations: string;
}): string {
  return `{"mimeType":${mimeType},"payload":${payload},"annotations":${annotations}}`;
}

function broken(member: string, values: readonly string[]): typeof texts {
  return Object.fromEntries(
    values.map((value) => [`${member} ${value}`, (all) => whole({ ...all, [member]: value })]),
  );
}

export const storedBlobRows: Rows = {
  ...rowsOf(
    Object.entries(blobs).flatMap(([name, blob]) => [
      [`${name}, in a file`, { blob, store: inFiles }] as const,
      [`${name}, on a server`, { blob, store: onServer }] as const,
    ]),
    ({ blob, store }) =>
      (site) => {
        const image = storeImage(site);
        return askedAt(site, store(site, image, [blob, goodFor(site, image)]));
      },
  ),
  ...rowsOf(Object.entries(texts), (text) => (site) => {
    const image = storeImage(site);
    const { mediaType, payload, annotations } = signatureOf(image, `${site.name}:v1`);
    const written = text({
      mimeType: JSON.stringify(mediaType),
      payload: JSON.stringify(Buffer.from(payload).toString("base64")),
      annotations: JSON.stringify(Object.fromEntries(annotations)),
    });
    return askedAt(site, inFiles(site, image, [json(written)]));
  }),
  ...rowsOf(
    Object.entries({ "bad UTF-8 in a name": "\xff", "bad UTF-8 in a value": "\xc3(" }),
    (bytes) => (site) => {
      const image = storeImage(site);
      const blob = Buffer.from(goodFor(site, image));
      const spoilt = Buffer.concat([blob.subarray(0, -1), raw(`,"${bytes}":"${bytes}"}`)]);
      return askedAt(site, inFiles(site, image, [spoilt]));
    },
  ),
};
