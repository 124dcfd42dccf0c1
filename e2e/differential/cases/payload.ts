import type { StoredManifest } from "@countersign/testkit/registry/registry-store";
import { compressed, signedMessage } from "@countersign/testkit/signing-kit/gpg/gpg-message";
import type { Question, Site } from "../case.ts";
import { alice, askedOf } from "../evidence/gpg.ts";
import { signedText, storeSigned, trusting } from "../evidence/signed.ts";
import { digestOf, otherDigest } from "../evidence/store.ts";
import { type Rows, rowsOf } from "./table.ts";

/** The texts a payload is made of; a row changes one of them. */
interface Parts {
  readonly type: string;
  readonly image: string;
  readonly identity: string;
  readonly critical: (parts: Parts) => string;
  readonly optional: string;
  readonly whole: (parts: Parts) => string;
}

interface Subject {
  readonly reference: string;
  readonly digest: string;
  readonly manifest: Uint8Array;
}

/** The two kinds of signatures that such a payload is signed for. */
interface Format {
  readonly type: string;
  /** what its program writes where it has nothing to say */
  readonly optional: string;
  /** stores the image with a signature of what `change` makes of a good payload, and asks for it */
  ask(site: Site, change: (good: string, image: StoredManifest) => string | Uint8Array): Question;
}

const cosign: Format = {
  type: "cosign container image signature",
  optional: "null",
  ask(site, change) {
    storeSigned(site, ({ payload }, image) => signedText(change(Buffer.from(payload).toString(), image)));
    return trusting(site);
  },
};

const simpleSigning: Format = {
  type: "atomic container signature",
  optional: "{}",
  ask: (site, change) =>
    askedOf(site, (document, image) =>
      compressed(signedMessage(alice, Buffer.from(change(document.toString(), image)))),
    ),
};

function goodParts({ type, optional }: Format, { reference, digest }: Subject): Parts {
  return {
    type: JSON.stringify(type),
    image: `{"docker-manifest-digest":"${digest}"}`,
    identity: `{"docker-reference":"${reference}"}`,
    critical: ({ type, image, identity }) => `{"type":${type},"image":${image},"identity":${identity}}`,
    optional,
    whole: ({ critical, optional, ...rest }) =>
      `{"critical":${critical({ critical, optional, ...rest })},"optional":${optional}}`,
  };
}

type Change = (subject: Subject) => Partial<Parts>;

const kinds = ["null", "true", "1", `"x"`, `""`, "[]", "[1]", "{}"];

/** Each member replaced by every kind of value. */
const members: readonly (readonly [string, Change])[] = (
  ["type", "image", "identity", "critical", "optional"] as const
).flatMap((member) =>
  kinds.map(
    (text) =>
      [`${member} is ${text}`, () => ({ [member]: member === "critical" ? () => text : text })] as const,
  ),
);

const texts: Readonly<Record<string, Change>> = {
  good: () => ({}),
  "GPG's type": () => ({ type: `"atomic container signature"` }),
  "cosign's type": () => ({ type: `"cosign container image signature"` }),
  "a type with a space after": () => ({ type: `"cosign container image signature "` }),
  "a type with a line feed": () => ({ type: `"a\\nb"` }),
  "an escaped type": () => ({ type: `"cosign container image \\u0073ignature"` }),
  "type twice": () => ({
    critical: ({ type, image, identity }) =>
      `{"type":${type},"type":${type},"image":${image},"identity":${identity}}`,
  }),
  "type missing": () => ({ critical: ({ image, identity }) => `{"image":${image},"identity":${identity}}` }),
  "image missing": () => ({ critical: ({ type, identity }) => `{"type":${type},"identity":${identity}}` }),
  "identity missing": () => ({ critical: ({ type, image }) => `{"type":${type},"image":${image}}` }),
  "an unknown member in critical": () => ({
    critical: ({ type, image, identity }) => `{"type":${type},"image":${image},"identity":${identity},"x":1}`,
  }),
  "Type in capitals": () => ({
    critical: ({ type, image, identity }) => `{"Type":${type},"image":${image},"identity":${identity}}`,
  }),
  "an unknown member in image": ({ digest }) => ({ image: `{"docker-manifest-digest":"${digest}","x":1}` }),
  "digest twice": ({ digest }) => ({
    image: `{"docker-manifest-digest":"${digest}","docker-manifest-digest":"${digest}"}`,
  }),
  "digest a number": () => ({ image: `{"docker-manifest-digest":1}` }),
  "digest null": () => ({ image: `{"docker-manifest-digest":null}` }),
  "digest empty": () => ({ image: `{"docker-manifest-digest":""}` }),
  "another image's digest": () => ({
    image: `{"docker-manifest-digest":"${otherDigest}"}`,
  }),
  "digest in upper case": ({ digest }) => ({ image: `{"docker-manifest-digest":"${digest.toUpperCase()}"}` }),
  "hex in upper case": ({ digest }) => ({
    image: `{"docker-manifest-digest":"sha256:${digest.slice(7).toUpperCase()}"}`,
  }),
  "digest without algorithm": ({ digest }) => ({ image: `{"docker-manifest-digest":"${digest.slice(7)}"}` }),
  "digest too short": ({ digest }) => ({ image: `{"docker-manifest-digest":"${digest.slice(0, -1)}"}` }),
  "digest too long": ({ digest }) => ({ image: `{"docker-manifest-digest":"${digest}0"}` }),
  "digest with a space": ({ digest }) => ({ image: `{"docker-manifest-digest":"${digest} "}` }),
  "digest with a line feed": ({ digest }) => ({ image: `{"docker-manifest-digest":"${digest}\\n"}` }),
  "an unknown algorithm": () => ({
    image: `{"docker-manifest-digest":"md5:d41d8cd98f00b204e9800998ecf8427e"}`,
  }),
  "a combined algorithm": ({ digest }) => ({
    image: `{"docker-manifest-digest":"sha256+b64:${digest.slice(7)}"}`,
  }),
  "an algorithm inherited from Object": ({ digest }) => ({
    image: `{"docker-manifest-digest":"constructor:${digest.slice(7)}"}`,
  }),
  "the right sha512": ({ manifest }) => ({
    image: `{"docker-manifest-digest":"${digestOf(manifest, "sha512")}"}`,
  }),
  "the right sha384": ({ manifest }) => ({
    image: `{"docker-manifest-digest":"${digestOf(manifest, "sha384")}"}`,
  }),
  "another sha512": () => ({
    image: `{"docker-manifest-digest":"${digestOf(Buffer.from("other"), "sha512")}"}`,
  }),
  "an unknown member in identity": ({ reference }) => ({
    identity: `{"docker-reference":"${reference}","x":1}`,
  }),
  "reference twice": ({ reference }) => ({
    identity: `{"docker-reference":"${reference}","docker-reference":"${reference}"}`,
  }),
  "reference a number": () => ({ identity: `{"docker-reference":1}` }),
  "reference null": () => ({ identity: `{"docker-reference":null}` }),
  "reference empty": () => ({ identity: `{"docker-reference":""}` }),
  "reference with a quote": () => ({ identity: `{"docker-reference":"a\\"b\\\\c"}` }),
  "reference with a control character": () => ({
    identity: `{"docker-reference":"a\\u0007\\u001bb\\u007f"}`,
  }),
  "reference with an invisible character": () => ({
    identity: `{"docker-reference":"a\\u200bb\\u00a0\\ufeff\\u00ad"}`,
  }),
  "reference with a character beyond 16 bits": () => ({
    identity: `{"docker-reference":"a\\ud83d\\ude00\\udb40\\udc01"}`,
  }),
  "optional missing": () => ({
    whole: ({ critical, ...rest }) => `{"critical":${critical({ critical, ...rest })}}`,
  }),
  "critical missing": () => ({ whole: () => `{"optional":{}}` }),
  "critical twice": () => ({
    whole: ({ critical, ...rest }) => {
      const c = critical({ critical, ...rest });
      return `{"critical":${c},"critical":${c},"optional":{}}`;
    },
  }),
  "optional twice": () => ({
    whole: ({ critical, ...rest }) =>
      `{"critical":${critical({ critical, ...rest })},"optional":{},"optional":{}}`,
  }),
  "an unknown member at the top": () => ({
    whole: ({ critical, ...rest }) => `{"critical":${critical({ critical, ...rest })},"optional":{},"x":1}`,
  }),
  "optional with anything": () => ({ optional: `{"a":1,"b":[null,{"c":"d"}],"e":{"f":1.5}}` }),
  "optional with a member twice": () => ({ optional: `{"a":1,"a":2}` }),
  "optional with a nested member twice": () => ({ optional: `{"a":{"b":1,"b":2}}` }),
  "optional with a huge number": () => ({ optional: `{"a":1e400}` }),
  creator: () => ({ optional: `{"creator":"me"}` }),
  "creator a number": () => ({ optional: `{"creator":1}` }),
  "creator null": () => ({ optional: `{"creator":null}` }),
  timestamp: () => ({ optional: `{"timestamp":1700000000}` }),
  "timestamp with an exponent": () => ({ optional: `{"timestamp":1.7e9}` }),
  "timestamp with a fraction": () => ({ optional: `{"timestamp":1700000000.5}` }),
  "timestamp with a zero fraction": () => ({ optional: `{"timestamp":1700000000.0}` }),
  "timestamp negative": () => ({ optional: `{"timestamp":-1}` }),
  "timestamp beyond 64 bits": () => ({ optional: `{"timestamp":1e19}` }),
  "timestamp far beyond 64 bits": () => ({ optional: `{"timestamp":1e300}` }),
  "timestamp the largest 64-bit number": () => ({ optional: `{"timestamp":9223372036854775807}` }),
  "timestamp the smallest 64-bit number": () => ({ optional: `{"timestamp":-9223372036854775808}` }),
  "timestamp below 64 bits": () => ({ optional: `{"timestamp":-1e19}` }),
  "timestamp out of range": () => ({ optional: `{"timestamp":1e400}` }),
  "timestamp a string": () => ({ optional: `{"timestamp":"1700000000"}` }),
  "timestamp null": () => ({ optional: `{"timestamp":null}` }),
  "optional broken and critical broken": () => ({ optional: `{"timestamp":"x"}`, type: "1" }),
  "image and identity broken": () => ({ image: "1", identity: "2" }),
  "wrong digest and wrong identity": () => ({
    image: `{"docker-manifest-digest":"${otherDigest}"}`,
    identity: `{"docker-reference":"ex.com/other:v1"}`,
  }),
  "wrong type and wrong digest": () => ({ type: `"x"`, image: `{"docker-manifest-digest":"x"}` }),
};

/** Whole payloads that are not built of parts. */
const wholes: Readonly<Record<string, (good: string) => string | Uint8Array>> = {
  "an empty payload": () => "",
  "no JSON": () => "hello",
  "an empty object": () => "{}",
  "a list": () => "[]",
  null: () => "null",
  "a string": () => `"x"`,
  "a number": () => "12",
  "data after it": (good) => `${good} {}`,
  "white space around it": (good) => `\n ${good}\n`,
  "a byte order mark": (good) => `\ufeff${good}`,
  "a NUL after it": (good) => `${good}\0`,
  "a comment": (good) => `${good} // x`,
  "a trailing comma": (good) => good.replace(/\}$/, ",}"),
  "cut off": (good) => good.slice(0, -10),
  "bad UTF-8 in the reference": (good) => Buffer.from(good.replace("/app", "/\xff\xfe"), "latin1"),
  "an overlong UTF-8 slash": (good) => Buffer.from(good.replace("/app", "\xc0\xafapp"), "latin1"),
  "nested too deep": (good) =>
    good.replace(/"optional":.*\}$/, `"optional":{"a":${"[".repeat(10_000)}${"]".repeat(10_000)}}}`),
};

export const payloadRows: Rows = {
  ...rowsFor(cosign),
  "changed after it was signed": (site) => {
    storeSigned(site, (good) => ({ ...good, payload: Buffer.concat([good.payload, Buffer.from(" ")]) }));
    return trusting(site);
  },
};

export const gpgPayloadRows: Rows = rowsFor(simpleSigning);

function rowsFor(format: Format): Rows {
  return {
    ...rowsOf(
      [...members, ...Object.entries(texts)],
      (change) => (site) =>
        format.ask(site, (_, { digest, bytes }) => {
          const subject = { reference: `${site.name}:v1`, digest, manifest: bytes };
          const parts = { ...goodParts(format, subject), ...change(subject) };
          return parts.whole(parts);
        }),
    ),
    ...rowsOf(Object.entries(wholes), (change) => (site) => format.ask(site, change)),
  };
}
