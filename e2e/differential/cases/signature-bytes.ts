import { withAnnotations } from "@countersign/testkit/signing-kit/cosign-signature";
import type { KeyKind } from "@countersign/testkit/signing-kit/signing-key";
import type { Question, Site } from "../case.ts";
import { kit } from "../evidence/kit.ts";
import { storeSigned, trusting } from "../evidence/signed.ts";
import { type Rows, rowsOf } from "./table.ts";

/** What is done to the good signature's bytes; the result is put into the annotation in base64. */
const byteChanges: Readonly<Record<string, (der: Buffer) => Uint8Array>> = {
  untouched: (der) => der,
  empty: () => Buffer.alloc(0),
  "one byte": () => Buffer.from([0x30]),
  "without the last byte": (der) => der.subarray(0, -1),
  "without the first byte": (der) => der.subarray(1),
  "with a byte after it": (der) => Buffer.concat([der, Buffer.from([0])]),
  "with a byte before it": (der) => Buffer.concat([Buffer.from([0]), der]),
  "with a bit flipped in r": (der) => flipped(der, 8),
  "with a bit flipped at the end": (der) => flipped(der, der.length - 1),
  "with a wrong tag": (der) => changed(der, 0, 0x31),
  "with a length too large": (der) => changed(der, 1, (der[1] ?? 0) + 1),
  "with a length too small": (der) => changed(der, 1, (der[1] ?? 0) - 1),
  "with a long-form length": (der) =>
    Buffer.concat([der.subarray(0, 1), Buffer.from([0x81]), der.subarray(1)]),
  "with an indefinite length": (der) => changed(der, 1, 0x80),
  "r = 0, s = 0": () => integers([0], [0]),
  "r = 1, s = 1": () => integers([1], [1]),
  "r negative": () => integers([0xff], [1]),
  "r with a leading zero too many": () => integers([0, 1], [1]),
  "three integers": () => Buffer.from("3009020101020101020101", "hex"),
  "one integer": () => Buffer.from("3003020101", "hex"),
  "an empty sequence": () => Buffer.from("3000", "hex"),
  "r an empty integer": () => Buffer.from("30050200020101", "hex"),
  "32 zero bytes": () => Buffer.alloc(32),
  "64 zero bytes": () => Buffer.alloc(64),
  "63 zero bytes": () => Buffer.alloc(63),
  "96 zero bytes": () => Buffer.alloc(96),
  "256 zero bytes": () => Buffer.alloc(256),
  "ten thousand bytes": () => Buffer.alloc(10_000, 1),
};

/** What is done to the annotation's text. */
const textChanges: Readonly<Record<string, (text: string) => string>> = {
  "an empty annotation": () => "",
  "a line feed at the end": (text) => `${text}\n`,
  "line feeds inside": (text) => text.replaceAll(/(.{10})/g, "$1\r\n"),
  "a space at the end": (text) => `${text} `,
  "a space before": (text) => ` ${text}`,
  "a tab inside": (text) => `${text.slice(0, 10)}\t${text.slice(10)}`,
  "no padding": (text) => text.replaceAll("=", ""),
  "padding too much": (text) => `${text}=`,
  "padding in the middle": (text) => `${text.slice(0, 10)}=${text.slice(10)}`,
  "URL alphabet": (text) => `${text.slice(0, -8)}-_-_${text.slice(-4)}`,
  "cut after 10": (text) => text.slice(0, 10),
  "cut after 9": (text) => text.slice(0, 9),
  "not base64": () => "%%%",
  "one letter": () => "A",
  "two letters": () => "AA",
  "set trailing bits": () => "AB==",
  "padding only": () => "====",
  "a letter outside ASCII": (text) => `é${text}`,
  "a NUL inside": (text) => `${text.slice(0, 8)}\0${text.slice(8)}`,
};

const signature = "dev.cosignproject.cosign/signature";

export const byteRows: Rows = {
  ...rowsOf(
    (["p256", "p384", "rsa2048", "ed25519"] as const).flatMap((kind) =>
      Object.entries(byteChanges).map(([name, change]) => [`${kind}, ${name}`, { kind, change }] as const),
    ),
    ({ kind, change }) =>
      (site) =>
        withSignature(site, kind, (payload) => change(Buffer.from(kit.key("signer", kind).sign(payload)))),
  ),
  ...rowsOf(
    (["p224", "p256", "p384", "p521"] as const).flatMap((kind) =>
      [0, 1, 2, -1, -2].map((extra) => [`${kind} in IEEE P1363${remark(extra)}`, { kind, extra }] as const),
    ),
    ({ kind, extra }) =>
      (site) =>
        withSignature(site, kind, (payload) => {
          const raw = Buffer.from(kit.key("signer", kind).sign(payload, { encoding: "ieee-p1363" }));
          return extra < 0 ? raw.subarray(0, extra) : Buffer.concat([raw, Buffer.alloc(extra)]);
        }),
  ),
};

export const annotationRows: Rows = {
  ...rowsOf(Object.entries(textChanges), (change) => (site) => {
    storeSigned(site, (good) =>
      withAnnotations(good, { [signature]: change(good.annotations.get(signature) ?? "") }),
    );
    return trusting(site);
  }),
  "no annotation": (site) => {
    storeSigned(site, (good) => withAnnotations(good, { [signature]: undefined }));
    return trusting(site);
  },
  "the annotation in capitals": (site) => {
    storeSigned(site, (good) =>
      withAnnotations(good, {
        [signature]: undefined,
        [signature.toUpperCase()]: good.annotations.get(signature),
      }),
    );
    return trusting(site);
  },
  "other annotations too": (site) => {
    storeSigned(site, (good) => withAnnotations(good, { "org.example/a": "b", __proto__x: "c" }));
    return trusting(site);
  },
};

function withSignature(site: Site, kind: KeyKind, make: (payload: Uint8Array) => Uint8Array): Question {
  storeSigned(site, (good) =>
    withAnnotations(good, { [signature]: Buffer.from(make(good.payload)).toString("base64") }),
  );
  return trusting(site, kit.key("signer", kind));
}

function flipped(bytes: Buffer, at: number): Buffer {
  return changed(bytes, at, (bytes[at] ?? 0) ^ 1);
}

function changed(bytes: Buffer, at: number, value: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = value;
  return copy;
}

function integers(r: readonly number[], s: readonly number[]): Buffer {
  const content = [2, r.length, ...r, 2, s.length, ...s];
  return Buffer.from([0x30, content.length, ...content]);
}

function remark(extra: number): string {
  if (extra === 0) return "";
  return extra > 0 ? `, ${extra} byte more` : `, ${-extra} less`;
}
