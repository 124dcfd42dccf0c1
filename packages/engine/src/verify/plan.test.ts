import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readPolicy } from "../policy/parse-policy.ts";
import { planEvidence, trustFilesOf } from "./plan.ts";

const identity = { signedIdentity: { type: "matchRepository" } };
const accept = { type: "insecureAcceptAnything" };
const reject = { type: "reject" };
const baseLayer = { type: "signedBaseLayer", baseLayerIdentity: { type: "matchExact" } };
const signedBy = { type: "signedBy", keyType: "GPGKeys", keyPath: "/pgp", ...identity };
const certified = { ...signedBy, keyType: "X509Certificates" };
const keyed = { type: "sigstoreSigned", keyPaths: ["/a", "/b"], ...identity };
const logged = { ...keyed, rekorPublicKeyPath: "/rekor" };
const inline = { type: "sigstoreSigned", keyData: "", ...identity };
const fulcio = {
  type: "sigstoreSigned",
  fulcio: { caPath: "/ca", oidcIssuer: "i", subjectEmail: "e" },
  rekorPublicKeyPath: "/rekor",
  ...identity,
};
const pki = {
  type: "sigstoreSigned",
  pki: { caRootsPath: "/roots", caIntermediatesPath: "/between", subjectEmail: "e" },
  ...identity,
};

describe("planEvidence", () => {
  const plans: ReadonlyArray<
    readonly [
      why: string,
      requirements: readonly object[],
      needsSignatures: boolean,
      files: readonly string[],
    ]
  > = [
    ["needs nothing to accept anything", [accept], false, []],
    ["needs nothing to reject", [reject], false, []],
    ["needs nothing for what nothing satisfies", [baseLayer], false, []],
    ["needs key files of OpenPGP", [signedBy], true, ["/pgp"]],
    ["needs no file of a kind of keys that nothing satisfies", [certified], true, []],
    ["needs key files", [keyed], true, ["/a", "/b"]],
    ["needs a log's key too", [logged], true, ["/a", "/b", "/rekor"]],
    ["needs no file for keys in the policy", [inline], true, []],
    ["needs a CA and a log's key", [fulcio], true, ["/ca", "/rekor"]],
    ["needs roots and intermediates", [pki], true, ["/roots", "/between"]],
    ["names a file once", [keyed, logged], true, ["/a", "/b", "/rekor"]],
    ["needs nothing that comes after a reject", [accept, reject, keyed], false, []],
    ["needs what comes before a reject", [keyed, reject, fulcio], true, ["/a", "/b"]],
  ];
  for (const [why, requirements, needsSignatures, files] of plans) {
    it(why, () => {
      const { policy } = readPolicy(Buffer.from(JSON.stringify({ default: requirements })));
      assert.ok(policy);
      const plan = planEvidence(policy.default);
      assert.equal(plan.decisive.signatures, needsSignatures);
      assert.deepEqual([...trustFilesOf(plan)], files);
    });
  }
});
