import { generateKeyPairSync } from "node:crypto";
import { withAnnotations } from "@countersign/testkit/signing-kit/cosign-signature";
import { createSigningKey } from "@countersign/testkit/signing-kit/signing-key";
import { bundle, logPayload } from "@countersign/testkit/signing-kit/transparency-log";
import type { Site } from "../case.ts";
import { kit, stranger, trusted } from "../evidence/kit.ts";
import { demand, inBase64, sigstoreSigned } from "../evidence/policies.ts";
import { storeSigned, storeSignedOften } from "../evidence/signed.ts";
import { keyAndLog, withSet } from "./rekor-entry.ts";
import { named, type Rows, rowsOf } from "./table.ts";

const set = "dev.sigstore.cosign/bundle";
const log = kit.log.key;

/** The annotation's text, made from what the log signed honestly. */
const annotations: Readonly<Record<string, (canonical: string, whole: string) => string | undefined>> = {
  honest: (_, whole) => whole,
  missing: () => undefined,
  empty: () => "",
  "no JSON": () => "hello",
  null: () => "null",
  "a list": () => "[]",
  "an empty list in a string": () => `"[]"`,
  "with an unknown member": (_, whole) => whole.replace("{", `{"x":1,`),
  "with data after it": (_, whole) => `${whole} x`,
  "with white space around it": (_, whole) => `\n ${whole}\n`,
  "with members in small letters": (_, whole) =>
    whole.replace("SignedEntryTimestamp", "signedEntryTimestamp"),
  "without SignedEntryTimestamp": (canonical) => `{"Payload":${canonical}}`,
  "without Payload": (_, whole) => `{${whole.split(",")[0]?.slice(1)}}`,
  "with Payload twice": (canonical, whole) => whole.replace(/\}$/, `,"Payload":${canonical}}`),
  "with Payload first": (canonical, whole) => `{"Payload":${canonical},${whole.split(",")[0]?.slice(1)}}`,
  "with a null timestamp": (canonical) => `{"SignedEntryTimestamp":null,"Payload":${canonical}}`,
  "with an empty timestamp": (canonical) => `{"SignedEntryTimestamp":"","Payload":${canonical}}`,
  "with a timestamp that is no base64": (canonical) => `{"SignedEntryTimestamp":"*","Payload":${canonical}}`,
  "with a timestamp that is a number": (canonical) => `{"SignedEntryTimestamp":1,"Payload":${canonical}}`,
  "with a null payload": (_, whole) => whole.replace(/"Payload":.*$/, `"Payload":null}`),
  "with a payload that is a string": (_, whole) => whole.replace(/"Payload":.*$/, `"Payload":"x"}`),
  "with a payload that is a list": (_, whole) => whole.replace(/"Payload":.*$/, `"Payload":[]}`),
  "with a payload that is an empty object": (_, whole) => whole.replace(/"Payload":.*$/, `"Payload":{}}`),
  "with another order in the payload": (_, whole) =>
    whole.replace(/\{("body":"[^"]*"),("integratedTime":\d+)/, "{$2,$1"),
  "with white space in the payload": (_, whole) => whole.replace(`"logIndex":`, `\n "logIndex" : `),
  "with an escape in the payload": (_, whole) => whole.replace(`"logID"`, `"log\\u0049D"`),
  "with a number written with a fraction": (_, whole) => whole.replace(`"logIndex":42`, `"logIndex":42.0`),
  "with a number written with an exponent": (_, whole) => whole.replace(`"logIndex":42`, `"logIndex":4.2e1`),
  "with a member of the payload twice": (_, whole) =>
    whole.replace(`"logIndex":42`, `"logIndex":42,"logIndex":42`),
  "with another time": (_, whole) =>
    whole.replace(`"integratedTime":${kit.now}`, `"integratedTime":${kit.now + 1}`),
  "with another index": (_, whole) => whole.replace(`"logIndex":42`, `"logIndex":43`),
  "signed by a stranger": (canonical) => bundle(stranger, canonical),
  "signed by an Ed25519 key": (canonical) => bundle(createSigningKey("log", "ed25519"), canonical),
};

/** Payloads that the log itself has signed, in canonical form, and that are not what they should be. */
const payloads: Readonly<Record<string, (canonical: string) => string>> = {
  "with an unknown member": (text) => text.replace(/\}$/, `,"x":1}`),
  "without logID": (text) => text.replace(/"logID":"[^"]*",/, ""),
  "without logIndex": (text) => text.replace(`,"logIndex":42`, ""),
  "without integratedTime": (text) => text.replace(/"integratedTime":\d+,/, ""),
  "without body": (text) => text.replace(/"body":"[^"]*",/, ""),
  "with a null logID": (text) => text.replace(/"logID":"[^"]*"/, `"logID":null`),
  "with a number for logID": (text) => text.replace(/"logID":"[^"]*"/, `"logID":1`),
  "with an empty logID": (text) => text.replace(/"logID":"[^"]*"/, `"logID":""`),
  "with a null logIndex": (text) => text.replace(`"logIndex":42`, `"logIndex":null`),
  "with a negative logIndex": (text) => text.replace(`"logIndex":42`, `"logIndex":-1`),
  "with a fraction for logIndex": (text) => text.replace(`"logIndex":42`, `"logIndex":42.5`),
  "with a string for logIndex": (text) => text.replace(`"logIndex":42`, `"logIndex":"42"`),
  "with a large logIndex": (text) => text.replace(`"logIndex":42`, `"logIndex":9007199254740992`),
  "with a logIndex beyond a double": (text) => text.replace(`"logIndex":42`, `"logIndex":1e+21`),
  "with a null integratedTime": (text) => text.replace(/"integratedTime":\d+/, `"integratedTime":null`),
  "with a string for integratedTime": (text) => text.replace(/"integratedTime":\d+/, `"integratedTime":"1"`),
  "with a fraction for integratedTime": (text) =>
    text.replace(/"integratedTime":\d+/, `"integratedTime":1.5`),
  "with integratedTime zero": (text) => text.replace(/"integratedTime":\d+/, `"integratedTime":0`),
  "with a null body": (text) => text.replace(/"body":"[^"]*"/, `"body":null`),
  "with an object for a body": (text) => text.replace(/"body":"[^"]*"/, `"body":{}`),
  "with a body that is no base64": (text) => text.replace(/"body":"[^"]*"/, `"body":"*"`),
  "with a body without padding": (text) => text.replace(/"body":"[^"]*"/, `"body":"e30"`),
};

/** Log keys a policy may name. */
const logKeys: Readonly<Record<string, (site: Site) => Readonly<Record<string, unknown>>>> = {
  "by path": (site) => ({ rekorPublicKeyPath: site.file("rekor.pem", kit.log.publicKeyPem) }),
  "by a path that is missing": (site) => ({ rekorPublicKeyPath: site.absent("rekor.pem") }),
  "by paths, the second is the one": (site) => ({
    rekorPublicKeyPaths: [
      site.file("a.pem", stranger.publicKeyPem),
      site.file("b.pem", kit.log.publicKeyPem),
    ],
  }),
  "by datas, the second is the one": () => ({
    rekorPublicKeyDatas: [stranger, log].map(({ publicKeyPem }) => inBase64(publicKeyPem)),
  }),
  "by datas, the second is broken": () => ({
    rekorPublicKeyDatas: [inBase64(kit.log.publicKeyPem), inBase64("x")],
  }),
  "by datas, the second is RSA": () => ({
    rekorPublicKeyDatas: [inBase64(kit.log.publicKeyPem), inBase64(kit.key("log", "rsa2048").publicKeyPem)],
  }),
  "of a stranger": () => ({ rekorPublicKeyData: inBase64(stranger.publicKeyPem) }),
  "that is empty": () => ({ rekorPublicKeyData: "" }),
  "that is no PEM": () => ({ rekorPublicKeyData: inBase64("x") }),
  "that is RSA": () => ({ rekorPublicKeyData: inBase64(kit.key("log", "rsa2048").publicKeyPem) }),
  "that is Ed25519": () => ({ rekorPublicKeyData: inBase64(kit.key("log", "ed25519").publicKeyPem) }),
  "that is secp256k1": () => ({
    rekorPublicKeyData: inBase64(
      generateKeyPairSync("ec", { namedCurve: "secp256k1" }).publicKey.export({
        type: "spki",
        format: "pem",
      }),
    ),
  }),
};

export const rekorSetRows: Rows = {
  ...rowsOf(
    Object.entries(annotations),
    (make) => (site) =>
      withSet(site, ({ body }) => {
        const canonical = logPayload(log, body, kit.now);
        return make(canonical, bundle(log, canonical));
      }),
  ),
  ...rowsOf(
    named("signed by the log ", payloads),
    (change) => (site) => withSet(site, ({ body }) => bundle(log, change(logPayload(log, body, kit.now)))),
  ),
  ...rowsOf(named("log key ", logKeys), (members) => (site) => {
    storeSigned(site, (_, { digest }) => kit.signLogged(trusted, { digest, reference: `${site.name}:v1` }));
    return { image: `${site.name}:v1`, policy: demand(site, keyAndLog(members(site))) };
  }),
  ...rowsOf(
    (["p224", "p384", "p521"] as const).map((kind) => [`log key of kind ${kind}`, kind] as const),
    (kind) => (site) => {
      const key = kit.key("log", kind);
      const question = withSet(site, ({ body }) => bundle(key, logPayload(key, body, kit.now)));
      const members = { rekorPublicKeyData: inBase64(key.publicKeyPem) };
      return { ...question, policy: demand(site, keyAndLog(members)) };
    },
  ),
  ...rowsOf(
    (["p224", "p384", "p521", "rsa2048", "ed25519"] as const).map(
      (kind) => [`${kind} signs, logged`, kind] as const,
    ),
    (kind) => (site) => {
      const key = kit.key("signer", kind);
      storeSigned(site, (_, { digest }) => kit.signLogged(key, { digest, reference: `${site.name}:v1` }));
      return {
        image: `${site.name}:v1`,
        policy: demand(site, keyAndLog({ ...logMembers, keyData: inBase64(key.publicKeyPem) })),
      };
    },
  ),
  "several keys, the second was logged": (site) => loggedAmong(site, [stranger, trusted]),
  "several keys, none was logged": (site) => loggedAmong(site, [stranger, kit.key("other")]),
  "the same key three times, not logged": (site) => loggedAmong(site, [stranger, stranger, stranger]),
  "a key in PKCS #1, logged": (site) => {
    const key = kit.key("signer", "rsa2048");
    storeSigned(site, (_, { digest }) => kit.signLogged(key, { digest, reference: `${site.name}:v1` }));
    const keyData = inBase64(key.publicKeyPem.replaceAll("\n", "\r\n"));
    return { image: `${site.name}:v1`, policy: demand(site, keyAndLog({ ...logMembers, keyData })) };
  },
  "logged, and the signature is a stranger's": (site) => {
    storeSigned(site, (good) =>
      withAnnotations(good, {
        [set]: kit.log.promise({
          signer: trusted.publicKeyPem,
          signature: stranger.sign(good.payload),
          payload: good.payload,
          integratedTime: kit.now,
        }),
        "dev.cosignproject.cosign/signature": Buffer.from(stranger.sign(good.payload)).toString("base64"),
      }),
    );
    return { image: `${site.name}:v1`, policy: demand(site, keyAndLog()) };
  },
  "one logged, one not": (site) => {
    storeSignedOften(site, (good, { digest }) => [
      good,
      kit.signLogged(trusted, { digest, reference: `${site.name}:v1` }),
    ]);
    return { image: `${site.name}:v1`, policy: demand(site, keyAndLog()) };
  },
  "logged, and no log is asked for": (site) => {
    storeSigned(site, (_, { digest }) => kit.signLogged(trusted, { digest, reference: `${site.name}:v1` }));
    return {
      image: `${site.name}:v1`,
      policy: demand(site, sigstoreSigned({ keyData: inBase64(trusted.publicKeyPem) })),
    };
  },
  "logged for another payload, no log is asked for": (site) => {
    storeSigned(site, (good) => withAnnotations(good, { [set]: "garbage" }));
    return {
      image: `${site.name}:v1`,
      policy: demand(site, sigstoreSigned({ keyData: inBase64(trusted.publicKeyPem) })),
    };
  },
};

const logMembers = { rekorPublicKeyData: inBase64(kit.log.publicKeyPem) };

function loggedAmong(site: Site, keys: readonly (typeof trusted)[]) {
  storeSigned(site, (_, { digest }) => kit.signLogged(trusted, { digest, reference: `${site.name}:v1` }));
  const keyDatas = keys.map(({ publicKeyPem }) => inBase64(publicKeyPem));
  const requirement = sigstoreSigned({ keyDatas, ...logMembers });
  return { image: `${site.name}:v1`, policy: demand(site, requirement) };
}
