import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parsePolicy } from "@countersign/sources/policy-languages/read-policy";
import { requirementWords } from "./requirement-words.ts";

const words = async (requirement: object, marker: object = {}): Promise<string> => {
  const bytes = Buffer.from(JSON.stringify({ ...marker, default: [requirement] }));
  return requirementWords((await parsePolicy(bytes, "policy.json")).default[0]);
};
const data = Buffer.from("pem").toString("base64");
const sigstore = (trust: object, signedIdentity: object = { type: "matchRepository" }) => ({
  type: "sigstoreSigned",
  ...trust,
  signedIdentity,
});

describe("requirementWords says of", () => {
  const rows: ReadonlyArray<readonly [what: string, requirement: object, words: string]> = [
    ["accepting", { type: "insecureAcceptAnything" }, "anything is accepted, signed or not"],
    ["rejecting", { type: "reject" }, "nothing is accepted"],
    [
      "base layers",
      { type: "signedBaseLayer", baseLayerIdentity: { type: "matchExact" } },
      "nothing is accepted: base layers cannot be checked",
    ],
    [
      "OpenPGP keys",
      { type: "signedBy", keyType: "GPGKeys", keyPaths: ["/a.gpg", "/b.gpg"] },
      "an OpenPGP signature by one of the keys in /a.gpg, /b.gpg, made for this very name, or for any tag of the repository if it is asked for by digest",
    ],
    [
      "keys nobody can check",
      { type: "signedBy", keyType: "X509Certificates", keyPath: "/a" },
      "nothing is accepted: keys of type X509Certificates cannot be checked",
    ],
    [
      "a key",
      sigstore({ keyPath: "/a.pub" }),
      "a cosign signature by the key in /a.pub, made for this repository",
    ],
    [
      "a key in the policy, and a log",
      sigstore({ keyData: data, rekorPublicKeyPath: "/rekor.pub" }, { type: "matchExact" }),
      "a cosign signature by the key in the policy itself, entered in the log of the key in /rekor.pub, made for this very name",
    ],
    [
      "keys in the policy",
      sigstore({ keyDatas: [data, data] }, { type: "exactReference", dockerReference: "busybox:1" }),
      "a cosign signature by one of the 2 keys in the policy itself, made for docker.io/library/busybox:1, whatever is asked for",
    ],
    [
      "Fulcio",
      sigstore(
        {
          fulcio: { caPath: "/ca.pem", oidcIssuer: "https://i.example", subjectEmail: "a@x.example" },
          rekorPublicKeyPath: "/rekor.pub",
        },
        { type: "exactRepository", dockerRepository: "busybox" },
      ),
      "a cosign signature by a@x.example, vouched for by https://i.example and certified by the authority in /ca.pem, entered in the log of the key in /rekor.pub, made for the repository docker.io/library/busybox, whatever is asked for",
    ],
    [
      "a PKI",
      sigstore(
        { pki: { caRootsData: data, subjectEmail: "a@x.example", subjectHostname: "h.example" } },
        { type: "remapIdentity", prefix: "a.example", signedPrefix: "b.example" },
      ),
      "a cosign signature by a@x.example and h.example, certified by the authority in the policy itself, made for this very name with a.example read as b.example, or for any tag of that repository if it is asked for by digest",
    ],
  ];
  for (const [what, requirement, text] of rows) {
    it(what, async () => assert.equal(await words(requirement), text));
  }
});

describe("requirementWords says of the extension's", () => {
  const root = { path: "/root.json" };
  const identities = [{ issuer: "https://i.example", subjectRegExp: "https://ci/.+" }];
  const authority = (one: object, more: object = {}) => ({ type: "sigstore", authorities: [one], ...more });
  const rows: ReadonlyArray<readonly [what: string, requirement: object, words: string]> = [
    ["key", authority({ key: { path: "/k" } }), "a sigstore signature by the key in /k"],
    [
      "certificates",
      authority({ keyless: { trustedRoot: root, identities } }),
      "a sigstore signature by whatever is like /https://ci/.+/, vouched for by https://i.example, certified under the trusted root in /root.json, entered in a log of that root",
    ],
    [
      "certificates of a bare CA, of whomever, with timestamps",
      authority({
        keyless: {
          fulcio: { caPath: "/ca" },
          rekorPublicKeyPath: "/r",
          identities: [
            { issuer: "i", subject: "a" },
            { issuer: "i", subjectRegExpUnanchored: "b" },
          ],
        },
        timestamp: { threshold: 2, trustedRoot: root },
      }),
      "a sigstore signature by a, vouched for by i, or whatever has something like /b/ in it, vouched for by i, certified by the authority in /ca, entered in the log of the key in /r, seen by 2 timestamp authorities of the trusted root in /root.json",
    ],
    [
      "attestations",
      authority({
        key: { paths: ["/a", "/b"] },
        attestations: [
          { predicateType: "vuln" },
          { predicateType: "https://p.example", policy: { type: "cel", expression: "predicate.x" } },
        ],
      }),
      "an attestation of type https://cosign.sigstore.dev/attestation/vuln/v1 and an attestation of type https://p.example for which predicate.x is true by one of the keys in /a, /b",
    ],
    [
      "logs, places, names and indexes",
      authority(
        {
          key: { path: "/k" },
          transparency: { threshold: 2, trustedRoot: { tuf: { mirror: "https://tuf.example", root } } },
          source: [{ repository: "a.example/s" }, { tagPrefix: "x-" }],
        },
        { signedIdentity: { type: "matchRepository" }, acceptIndexSignatures: true },
      ),
      "a sigstore signature by the key in /k, entered in 2 logs of the trusted root trusted_root.json of https://tuf.example, kept in a.example/s or the image's own repository under tags that begin with x-, made for this repository, for the image or the index that led to it",
    ],
    [
      "authorities, of which any suffices",
      {
        type: "sigstore",
        authorities: [
          { name: "team", key: { path: "/k" } },
          { static: { action: "fail", message: "ask the team" } },
        ],
      },
      "one of team: a sigstore signature by the key in /k; authority-1: nothing (ask the team)",
    ],
    ["fixed answer", authority({ static: { action: "pass" } }), "anything, signed or not"],
    [
      "alternatives",
      { type: "anyOf", alternatives: [[authority({ key: { path: "/k" } })], [{ type: "reject" }]] },
      "either a sigstore signature by the key in /k; or nothing is accepted",
    ],
    [
      "warnings",
      { ...authority({ key: { path: "/k" } }), mode: "warn" },
      "a warning unless there is a sigstore signature by the key in /k",
    ],
  ];
  for (const [what, requirement, text] of rows) {
    it(what, async () => assert.equal(await words(requirement, { countersign: 1 }), text));
  }
});
