import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createSigningKey } from "@countersign/testkit/signing-kit/signing-key";
import {
  bundle,
  createLog,
  hashedrekord,
  type LogEntry,
  logPayload,
} from "@countersign/testkit/signing-kit/transparency-log";
import { parsePublicKeyPem } from "./public-key-pem.ts";
import { quoteBytes } from "./quote-bytes.ts";
import {
  type LoggedSignature,
  onlyPemBlock,
  type RekorKey,
  requireEntryOf,
  verifyRekorSet,
} from "./rekor-set.ts";

const log = createLog("rekor-set");
const signer = createSigningKey("signer");
const payload = Buffer.from("what was signed");
const signature = signer.sign(payload);
const entry: LogEntry = { signer: signer.publicKeyPem, signature, payload, integratedTime: 1_700_000_000 };
const base64 = (bytes: Uint8Array | string) => Buffer.from(bytes).toString("base64");

function rekorKey(pem: string): RekorKey {
  const key = parsePublicKeyPem(Buffer.from(pem));
  assert.ok(key.type === "ecdsa");
  return key;
}

const keys = [rekorKey(createLog("another").publicKeyPem), rekorKey(log.publicKeyPem)];

/** Verifies a SET and that it is about our signature; every part can be replaced. */
function verify(
  set: string,
  changes: { signer?: string; base64Signature?: string; payload?: Uint8Array } = {},
): number {
  const { integratedTime, entry: found } = verifyRekorSet(keys, set);
  const logged: LoggedSignature = {
    signer: () =>
      onlyPemBlock(
        Buffer.from(changes.signer ?? signer.publicKeyPem),
        "public key or cert to be matched against publicKey in Rekor SET",
      ),
    base64Signature: changes.base64Signature ?? base64(signature),
    payload: changes.payload ?? payload,
  };
  requireEntryOf(found, logged);
  return integratedTime;
}

describe("a Rekor promise is accepted", () => {
  const canonical = logPayload(log.key, hashedrekord(entry), entry.integratedTime);
  const signed = base64(log.key.sign(Buffer.from(canonical)));
  const reordered = JSON.stringify(
    Object.fromEntries(Object.entries(JSON.parse(canonical)).reverse()),
    null,
    1,
  );
  const lenient = (text: (body: string) => string) =>
    bundle(log.key, logPayload(log.key, text(JSON.stringify(hashedrekord(entry))), entry.integratedTime));
  const accepted: ReadonlyArray<readonly [why: string, set: string]> = [
    ["as Rekor makes it", log.promise(entry)],
    ["with its payload in another order", `{"Payload":${reordered},"SignedEntryTimestamp":"${signed}"}`],
    [
      "with the body's names in another case",
      lenient((body) => body.replace('"apiVersion"', '"APIVERSION"').replace('"spec"', '"\u017fpec"')),
    ],
    ["with unknown members in the body", lenient((body) => body.replace("{", '{"extra":[1],'))],
    [
      "with a doubled member, the last one right",
      lenient((body) => body.replace('"kind"', '"kind":"other","kind"')),
    ],
    [
      "with an object in two halves, which Go joins",
      lenient((body) =>
        body.replace('"signature":{"content"', '"signature":{"publicKey":{}},"signature":{"content"'),
      ),
    ],
  ];
  for (const [why, set] of accepted) it(why, () => assert.equal(verify(set), entry.integratedTime));
  it("with text before the signer's PEM, as Go skips it", () => {
    assert.equal(
      verify(log.promise({ ...entry, signer: `junk\n${signer.publicKeyPem}` })),
      entry.integratedTime,
    );
  });
  it("with another label on the signer's PEM, which is not looked at", () => {
    const relabelled = signer.publicKeyPem.replaceAll("PUBLIC KEY", "CERTIFICATE");
    assert.equal(verify(log.promise({ ...entry, signer: relabelled })), entry.integratedTime);
  });
});

describe("a Rekor promise is refused", () => {
  const good = log.promise(entry);
  const canonical = logPayload(log.key, hashedrekord(entry), entry.integratedTime);
  const failed = "cryptographic signature verification of Rekor SET failed";
  const refused: ReadonlyArray<readonly [why: string, set: string, message: string]> = [
    ["that is empty", "", "unexpected end of JSON input"],
    ["that is text", "invalid signature", "invalid character 'i' looking for beginning of value"],
    ["that is null", "null", "JSON object expected, got <nil>"],
    ["with an unknown member", good.replace("{", '{"x":1,'), 'Unknown key "x"'],
    ["with a doubled member", good.replace("{", '{"Payload":1,'), 'Duplicate key "Payload"'],
    ["in another case", good.replace("Payload", "payload"), 'Unknown key "payload"'],
    ["without a payload", '{"SignedEntryTimestamp":""}', 'Key "Payload" missing in a JSON object'],
    [
      "without a signature",
      `{"Payload":${canonical}}`,
      'Key "SignedEntryTimestamp" missing in a JSON object',
    ],
    ["with null for a signature", `{"SignedEntryTimestamp":null,"Payload":${canonical}}`, failed],
    ["with bad base64", good.replace('p":"', 'p":"?'), "illegal base64 data at input byte 0"],
    ["of another log", createLog("stranger").promise(entry), failed],
    ["with another time", good.replace("1700000000", "1700000001"), failed],
    [
      "with a doubled member in the payload",
      good.replace('"logIndex"', '"logIndex":1,"logIndex"'),
      "canonicalizing Rekor SET JSON: Duplicate key: logIndex",
    ],
    [
      "with half a character in the payload",
      good.replace('"logID":"', '"logID":"\\ud800'),
      "canonicalizing Rekor SET JSON: Missing surrogate",
    ],
    ["with a whole character in two halves", good.replace('"logID":"', '"logID":"\\ud83d\\ude00'), failed],
    [
      "with an escaped backslash before what looks like half a character",
      good.replace('"logID":"', '"logID":"\\\\ud800'),
      failed,
    ],
    [
      "of a string",
      `{"SignedEntryTimestamp":"","Payload":"x"}`,
      "canonicalizing Rekor SET JSON: Expected '{' but got '\"'",
    ],
    [
      "of an empty payload",
      bundle(log.key, "{}"),
      'parsing Rekor SET payload: Key "body" missing in a JSON object',
    ],
    ["of an array", bundle(log.key, "[]"), "parsing Rekor SET payload: JSON object expected, got 91"],
    [
      "with an unknown member in the payload",
      bundle(log.key, canonical.replace(/}$/, ',"z":1}')),
      'parsing Rekor SET payload: Unknown key "z"',
    ],
    [
      "at half a second",
      bundle(log.key, canonical.replace("1700000000", "1700000000.5")),
      "parsing Rekor SET payload: json: cannot unmarshal number 1700000000.5 into Go value of type int64",
    ],
    [
      "at the end of time",
      bundle(log.key, canonical.replace("1700000000", "1e+21")),
      "parsing Rekor SET payload: json: cannot unmarshal number 1e+21 into Go value of type int64",
    ],
    [
      "with more than anyone needs",
      `{"Payload":"${"x".repeat(300_000)}"}`,
      "Rekor SET has more than 262144 characters",
    ],
  ];
  for (const [why, set, message] of refused) {
    it(why, () => assert.throws(() => verify(set), { code: "SIGNATURE_INVALID", message }));
  }
});

describe("a log entry's body is refused", () => {
  type Body = Record<string, unknown>;
  const body = hashedrekord(entry);
  const { spec } = body;
  const inSpec = (changes: Body): Body => ({ ...body, spec: { ...spec, ...changes } });
  const inSignature = (changes: Body) => inSpec({ signature: { ...spec.signature, ...changes } });
  const inHash = (changes: Body) => inSpec({ data: { hash: { ...spec.data.hash, ...changes } } });
  const decoding = "decoding the body of a Rekor SET payload: ";
  const decodingSpec = "decoding hashedrekod spec: ";
  const schema = "Go struct field RekorHashedrekordV001Schema";
  const refused: ReadonlyArray<readonly [why: string, body: Body | string, message: string]> = [
    ["that is empty", "", `${decoding}unexpected end of JSON input`],
    [
      "with text after it",
      `${JSON.stringify(body)}x`,
      `${decoding}invalid character 'x' after top-level value`,
    ],
    ["that is null", "null", `${decoding}invalid kind value: ""`],
    [
      "that is a number",
      "1",
      `${decoding}json: cannot unmarshal number into Go value of type struct { Kind string "json:\\"kind\\"" }`,
    ],
    ["of no kind", { ...body, kind: undefined }, `${decoding}invalid kind value: ""`],
    ["of another kind", { ...body, kind: "dsse" }, `${decoding}invalid kind value: "dsse"`],
    [
      "of a kind that is no text",
      { ...body, kind: 1 },
      `${decoding}json: cannot unmarshal number into Go struct field .kind of type string`,
    ],
    ["of no version", { ...body, apiVersion: undefined }, "missing Rekor SET Payload API version"],
    ["of a null version", { ...body, apiVersion: null }, "missing Rekor SET Payload API version"],
    [
      "of another version",
      { ...body, apiVersion: "0.0.2" },
      'unsupported Rekor SET Payload hashedrekord version "0.0.2"',
    ],
    ["without spec", { ...body, spec: undefined }, `${decodingSpec}unexpected end of JSON input`],
    ["with a null spec", { ...body, spec: null }, 'Missing "signature" field in hashedrekord'],
    [
      "with a number for spec",
      { ...body, spec: 1 },
      `${decodingSpec}json: cannot unmarshal number into Go value of type internal.RekorHashedrekordV001Schema`,
    ],
    ["without signature", inSpec({ signature: undefined }), 'Missing "signature" field in hashedrekord'],
    [
      "with a number for signature",
      inSpec({ signature: 1 }),
      `${decodingSpec}json: cannot unmarshal number into ${schema}.signature of type internal.RekorHashedrekordV001SchemaSignature`,
    ],
    [
      "with a number for the signature's content",
      inSignature({ content: 1 }),
      `${decodingSpec}json: cannot unmarshal number into ${schema}Signature.signature.content of type []uint8`,
    ],
    [
      "with faults in two places, of which the first is told",
      inSpec({ data: { hash: { algorithm: 1 } }, signature: { content: "*" } }),
      `${decodingSpec}json: cannot unmarshal number into ${schema}DataHash.data.hash.algorithm of type string`,
    ],
    [
      "with a number for the algorithm",
      inHash({ algorithm: 1 }),
      `${decodingSpec}json: cannot unmarshal number into ${schema}DataHash.data.hash.algorithm of type string`,
    ],
    [
      "without publicKey",
      inSignature({ publicKey: undefined }),
      'Missing "signature.publicKey" field in hashedrekord',
    ],
    [
      "with an empty publicKey",
      inSignature({ publicKey: {} }),
      "publicKey in Rekor SET is not in PEM format",
    ],
    [
      "with bad base64 for publicKey",
      inSignature({ publicKey: { content: "+" } }),
      `${decodingSpec}illegal base64 data at input byte 0`,
    ],
    [
      "with text for publicKey",
      inSignature({ publicKey: { content: base64("not PEM") } }),
      "publicKey in Rekor SET is not in PEM format",
    ],
    [
      "with two keys",
      inSignature({ publicKey: { content: base64(signer.publicKeyPem.repeat(2)) } }),
      "publicKey in Rekor SET has trailing data",
    ],
    [
      "with a space after the key",
      inSignature({ publicKey: { content: base64(`${signer.publicKeyPem} `) } }),
      "publicKey in Rekor SET has trailing data",
    ],
    [
      "with another key",
      inSignature({ publicKey: { content: base64(createSigningKey("eve").publicKeyPem) } }),
      "publicKey in Rekor SET does not match",
    ],
    [
      "with another signature",
      inSignature({ content: base64(Buffer.from([0x78, 0xff])) }),
      `signature in Rekor SET does not match: "x\\xff" vs. ${quoteBytes(signature)}`,
    ],
    ["without data", inSpec({ data: undefined }), 'Missing "data" field in hashedrekord'],
    ["with data of nothing", inSpec({ data: {} }), 'Missing "data.hash" field in hashedrekord'],
    [
      "without algorithm",
      inHash({ algorithm: undefined }),
      'Missing "data.hash.algorithm" field in hashedrekord',
    ],
    ["with SHA-512", inHash({ algorithm: "sha512" }), 'Unexpected "data.hash.algorithm" value "sha512"'],
    [
      "with SHA256 in capitals",
      inHash({ algorithm: "SHA256" }),
      'Unexpected "data.hash.algorithm" value "SHA256"',
    ],
    ["without hash", inHash({ value: undefined }), 'Missing "data.hash.value" field in hashedrekord'],
    [
      "with a hash of an odd length",
      inHash({ value: "abc" }),
      'Invalid "data.hash.value" field in hashedrekord: encoding/hex: odd length hex string',
    ],
    [
      "with a hash that is not hex",
      inHash({ value: "zz" }),
      "Invalid \"data.hash.value\" field in hashedrekord: encoding/hex: invalid byte: U+007A 'z'",
    ],
    [
      "with a hash of a character that cannot be shown",
      inHash({ value: "00\f0" }),
      'Invalid "data.hash.value" field in hashedrekord: encoding/hex: invalid byte: U+000C',
    ],
    ["with another hash", inHash({ value: "aa".repeat(32) }), "payload in Rekor SET does not match"],
    ["with half the hash", inHash({ value: "aa".repeat(16) }), "payload in Rekor SET does not match"],
  ];
  for (const [why, changed, message] of refused) {
    const set = bundle(log.key, logPayload(log.key, changed, entry.integratedTime));
    it(why, () => assert.throws(() => verify(set), { code: "SIGNATURE_INVALID", message }));
  }
});

describe("a good log entry is refused for", () => {
  const good = log.promise(entry);
  const refused: ReadonlyArray<
    readonly [why: string, changes: Parameters<typeof verify>[1], message: RegExp]
  > = [
    [
      "another signer",
      { signer: createSigningKey("eve").publicKeyPem },
      /^publicKey in Rekor SET does not match$/,
    ],
    [
      "no signer",
      { signer: "" },
      /^public key or cert to be matched against publicKey in Rekor SET is not in PEM format$/,
    ],
    [
      "a signer with a line after it",
      { signer: `${signer.publicKeyPem}\n` },
      /^public key or cert to be matched against publicKey in Rekor SET has trailing data$/,
    ],
    [
      "another signature",
      { base64Signature: base64(signer.sign(payload, { salt: "again" })) },
      /^signature in Rekor SET does not match: "/,
    ],
    [
      "bad base64",
      { base64Signature: "?" },
      /^decoding signature base64: illegal base64 data at input byte 0$/,
    ],
    ["another payload", { payload: Buffer.from("another") }, /^payload in Rekor SET does not match$/],
  ];
  for (const [why, changes, message] of refused) {
    it(why, () => assert.throws(() => verify(good, changes), { code: "SIGNATURE_INVALID", message }));
  }
});
