import { createHash } from "node:crypto";
import type { SigstoreAttachment } from "@countersign/engine/verify/ports";
import { withAnnotations } from "@countersign/testkit/signing-kit/cosign-signature";
import { bundle, hashedrekord, logPayload } from "@countersign/testkit/signing-kit/transparency-log";
import type { Question, Site } from "../case.ts";
import { kit, stranger, trusted } from "../evidence/kit.ts";
import { demand, inBase64, sigstoreSigned } from "../evidence/policies.ts";
import { storeSigned } from "../evidence/signed.ts";
import { named, type Rows, rowsOf } from "./table.ts";

const set = "dev.sigstore.cosign/bundle";

/** What a log entry is made of. */
interface Entry {
  readonly payload: Uint8Array;
  readonly signature: Uint8Array;
  /** the honest body */
  readonly body: Body;
}

type Body = ReturnType<typeof hashedrekord>;

function entryOf(good: SigstoreAttachment): Entry {
  const { payload, annotations } = good;
  const signature = Buffer.from(annotations.get("dev.cosignproject.cosign/signature") ?? "", "base64");
  return {
    payload,
    signature,
    body: hashedrekord({ payload, signature, signer: trusted.publicKeyPem, integratedTime: kit.now }),
  };
}

const base64 = (text: string | Uint8Array) => Buffer.from(text).toString("base64");

/** Bodies that a log has signed and that say something else than the attachment. */
const bodies: Readonly<Record<string, (entry: Entry) => unknown>> = {
  honest: ({ body }) => body,
  "no JSON": () => "hello",
  empty: () => "",
  null: () => "null",
  "a list": () => "[]",
  "an empty object": () => ({}),
  "with an unknown member": ({ body }) => ({ ...body, x: 1 }),
  "with data after it": ({ body }) => `${JSON.stringify(body)} x`,
  "with a member twice, the last one wrong": ({ body }) =>
    JSON.stringify(body).replace(/\}$/, `,"kind":"intoto"}`),
  "with a member twice, the first one wrong": ({ body }) =>
    JSON.stringify(body).replace(/^\{/, `{"kind":"intoto",`),
  "with members in capitals": ({ body }) =>
    JSON.stringify(body).replace("apiVersion", "APIVERSION").replace("spec", "Spec"),
  "with kind in capitals": ({ body }) => JSON.stringify(body).replace(`"kind"`, `"Kind"`),
  "without apiVersion": ({ body: { apiVersion: _, ...rest } }) => rest,
  "apiVersion null": ({ body }) => ({ ...body, apiVersion: null }),
  "apiVersion a number": ({ body }) => ({ ...body, apiVersion: 1 }),
  "apiVersion empty": ({ body }) => ({ ...body, apiVersion: "" }),
  "without kind": ({ body: { kind: _, ...rest } }) => rest,
  "kind null": ({ body }) => ({ ...body, kind: null }),
  "kind a number": ({ body }) => ({ ...body, kind: 1 }),
  "kind intoto": ({ body }) => ({ ...body, kind: "intoto" }),
  "kind with a capital": ({ body }) => ({ ...body, kind: "Hashedrekord" }),
  "without spec": ({ body: { spec: _, ...rest } }) => rest,
  "spec null": ({ body }) => ({ ...body, spec: null }),
  "spec a string": ({ body }) => ({ ...body, spec: "x" }),
  "spec a list": ({ body }) => ({ ...body, spec: [] }),
  "spec empty": ({ body }) => ({ ...body, spec: {} }),
  "without data": withSpec(({ signature }) => ({ signature })),
  "data null": withSpec(({ signature }) => ({ signature, data: null })),
  "data a string": withSpec(({ signature }) => ({ signature, data: "x" })),
  "without hash": withSpec(({ signature }) => ({ signature, data: {} })),
  "hash null": withSpec(({ signature }) => ({ signature, data: { hash: null } })),
  "without algorithm": withHash(({ value }) => ({ value })),
  "algorithm null": withHash(({ value }) => ({ value, algorithm: null })),
  "algorithm sha512": withHash(({ value }) => ({ value, algorithm: "sha512" })),
  "algorithm empty": withHash(({ value }) => ({ value, algorithm: "" })),
  "algorithm in capitals": withHash(({ value }) => ({ value, algorithm: "SHA256" })),
  "algorithm a number": withHash(({ value }) => ({ value, algorithm: 1 })),
  "algorithm with a quote": withHash(({ value }) => ({ value, algorithm: `a"b\u0007` })),
  "without value": withHash(({ algorithm }) => ({ algorithm })),
  "value null": withHash(({ algorithm }) => ({ algorithm, value: null })),
  "value empty": withHash(({ algorithm }) => ({ algorithm, value: "" })),
  "value no hex": withHash(({ algorithm }) => ({ algorithm, value: "xyz" })),
  "value of odd length": withHash(({ algorithm }) => ({ algorithm, value: "abc" })),
  "value too short": withHash(({ algorithm, value }) => ({ algorithm, value: value.slice(2) })),
  "value in capitals": withHash(({ algorithm, value }) => ({ algorithm, value: value.toUpperCase() })),
  "value of something else": withHash(({ algorithm }) => ({
    algorithm,
    value: createHash("sha256").update("other").digest("hex"),
  })),
  "without signature": withSpec(({ data }) => ({ data })),
  "signature null": withSpec(({ data }) => ({ data, signature: null })),
  "signature a string": withSpec(({ data }) => ({ data, signature: "x" })),
  "without content": withSignature(({ publicKey }) => ({ publicKey })),
  "content null": withSignature(({ publicKey }) => ({ publicKey, content: null })),
  "content empty": withSignature(({ publicKey }) => ({ publicKey, content: "" })),
  "content no base64": withSignature(({ publicKey }) => ({ publicKey, content: "*" })),
  "content a number": withSignature(({ publicKey }) => ({ publicKey, content: 1 })),
  "content as numbers": withSignature(({ publicKey, content }) => ({
    publicKey,
    content: [...Buffer.from(content, "base64")],
  })),
  "content of another signature": withSignature(({ publicKey }) => ({
    publicKey,
    content: base64('other\0\n"é'),
  })),
  "content with line feeds": withSignature(({ publicKey, content }) => ({
    publicKey,
    content: content.replaceAll(/(.{9})/g, "$1\n"),
  })),
  "without publicKey": withSignature(({ content }) => ({ content })),
  "publicKey null": withSignature(({ content }) => ({ content, publicKey: null })),
  "publicKey empty": withSignature(({ content }) => ({ content, publicKey: {} })),
  "publicKey.content null": withKey(null),
  "publicKey.content empty": withKey(""),
  "publicKey.content no base64": withKey("*"),
  "publicKey.content no PEM": withKey(base64("hello")),
  "publicKey.content with data before it": withKey(base64(`x\n${trusted.publicKeyPem}`)),
  "publicKey.content with data after it": withKey(base64(`${trusted.publicKeyPem}x`)),
  "publicKey.content with an empty line after it": withKey(base64(`${trusted.publicKeyPem}\n`)),
  "publicKey.content without the last line end": withKey(base64(trusted.publicKeyPem.trimEnd())),
  "publicKey.content twice": withKey(base64(trusted.publicKeyPem + trusted.publicKeyPem)),
  "publicKey.content under another label": withKey(
    base64(trusted.publicKeyPem.replaceAll("PUBLIC KEY", "X")),
  ),
  "publicKey.content of another key": withKey(base64(stranger.publicKeyPem)),
  "publicKey.content with PEM headers": withKey(
    base64(trusted.publicKeyPem.replace("KEY-----\n", "KEY-----\na: b\n\n")),
  ),
  "wrong hash, wrong signature, wrong key": ({ body }) => ({
    ...body,
    spec: {
      data: { hash: { algorithm: "sha256", value: "00" } },
      signature: { content: base64("x"), publicKey: { content: base64(stranger.publicKeyPem) } },
    },
  }),
};

type Spec = Body["spec"];

function withSpec(change: (spec: Spec) => unknown) {
  return ({ body }: Entry) => ({ ...body, spec: change(body.spec) });
}

function withHash(change: (hash: Spec["data"]["hash"]) => unknown) {
  return withSpec(({ data, signature }) => ({ signature, data: { hash: change(data.hash) } }));
}

function withSignature(change: (signature: Spec["signature"]) => unknown) {
  return withSpec(({ data, signature }) => ({ data, signature: change(signature) }));
}

function withKey(content: string | null) {
  return withSignature((signature) => ({ content: signature.content, publicKey: { content } }));
}

export const rekorBodyRows: Rows = rowsOf(
  named("body ", bodies),
  (change) => (site) =>
    withSet(site, (entry) => bundle(kit.log.key, logPayload(kit.log.key, change(entry), kit.now))),
);

/** An image signed by the trusted key, under a policy that wants the log's word for it, which `make` gives. */
export function withSet(site: Site, make: (entry: Entry) => string | undefined): Question {
  storeSigned(site, (good) => withAnnotations(good, { [set]: make(entryOf(good)) }));
  return { image: `${site.name}:v1`, policy: demand(site, keyAndLog()) };
}

export function keyAndLog(
  members: Readonly<Record<string, unknown>> = { rekorPublicKeyData: inBase64(kit.log.publicKeyPem) },
): unknown {
  return sigstoreSigned({ keyData: inBase64(trusted.publicKeyPem), ...members });
}
