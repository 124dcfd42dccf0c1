import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parsePolicy } from "@countersign/engine/policy/parse-policy";
import { requirementWords } from "./requirement-words.ts";

const words = (requirement: object): string => {
  const policy = parsePolicy(Buffer.from(JSON.stringify({ default: [requirement] })), "policy.json");
  return requirementWords(policy.default[0]);
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
  for (const [what, requirement, text] of rows) it(what, () => assert.equal(words(requirement), text));
});
