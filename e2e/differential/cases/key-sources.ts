import type { Question, Site } from "../case.ts";
import { kit, stranger, trusted } from "../evidence/kit.ts";
import { accept, demand, inBase64, sigstoreSigned } from "../evidence/policies.ts";
import { storeSigned } from "../evidence/signed.ts";
import { storeImage } from "../evidence/store.ts";
import type { Rows } from "./table.ts";

const good = trusted.publicKeyPem;
const bad = stranger.publicKeyPem;
const rsa = kit.key("other", "rsa2048").publicKeyPem;
const ed25519 = kit.key("other", "ed25519").publicKeyPem;
const x25519 =
  "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VuAyEAs9pLs9UJrFhJZ3ouqJvOvyZGMbfGqb1LyRRpZKQvX2k=\n-----END PUBLIC KEY-----\n";

/** Where keys come from: files, several files, the policy itself. */
export const keySourceRows: Rows = {
  keyPath: (site) => trustedBy(site, { keyPath: site.file("key.pem", good) }),
  "keyPath of a missing file": (site) => trustedBy(site, { keyPath: site.absent("key.pem") }),
  "keyPath that is relative": (site) => trustedBy(site, { keyPath: "no/such/key.pem" }),
  "keyPath of an empty file": (site) => trustedBy(site, { keyPath: site.file("key.pem", "") }),
  "keyPath of a directory": (site) => trustedBy(site, { keyPath: site.directory("key.pem") }),
  "keyPath through a file": (site) => trustedBy(site, { keyPath: `${site.file("a", "")}/key.pem` }),
  "keyPath with a NUL": (site) => trustedBy(site, { keyPath: "/tmp/a\0b" }),
  "keyPath with a name too long": (site) => trustedBy(site, { keyPath: `/tmp/${"n".repeat(300)}` }),
  "keyPath too long": (site) => trustedBy(site, { keyPath: `/tmp${"/n".repeat(3000)}` }),
  "keyPath with a tilde": (site) => trustedBy(site, { keyPath: "~/key.pem" }),
  "keyPath with a variable": (site) => trustedBy(site, { keyPath: "$HOME/key.pem" }),
  "keyPath of a missing file, unsigned": (site) => {
    storeImage(site);
    const requirement = sigstoreSigned({ keyPath: site.absent("key.pem") });
    return { image: `${site.name}:v1`, policy: demand(site, requirement) };
  },
  "keyPath of a missing file after an accept": (site) => {
    storeSigned(site);
    const requirement = sigstoreSigned({ keyPath: site.absent("key.pem") });
    return { image: `${site.name}:v1`, policy: demand(site, accept, requirement) };
  },
  "keyPaths of one": (site) => trustedBy(site, { keyPaths: [site.file("key.pem", good)] }),
  "keyPaths, the second is the one": (site) =>
    trustedBy(site, { keyPaths: [site.file("a.pem", bad), site.file("b.pem", good)] }),
  "keyPaths, the second is missing": (site) =>
    trustedBy(site, { keyPaths: [site.file("a.pem", good), site.absent("b.pem")] }),
  "keyPaths, both are missing": (site) =>
    trustedBy(site, { keyPaths: [site.absent("a.pem"), site.absent("b.pem")] }),
  "keyPaths with an empty path": (site) => trustedBy(site, { keyPaths: [""] }),
  "keyPaths with null": (site) => trustedBy(site, { keyPaths: [null] }),
  "keyPaths, none is the one": (site) =>
    trustedBy(site, { keyPaths: [site.file("a.pem", bad), site.file("b.pem", rsa)] }),
  keyData: (site) => trustedBy(site, { keyData: inBase64(good) }),
  "keyData that is empty": (site) => trustedBy(site, { keyData: "" }),
  "keyData as numbers": (site) => trustedBy(site, { keyData: [...Buffer.from(good)] }),
  "keyData of another key": (site) => trustedBy(site, { keyData: inBase64(bad) }),
  "keyData in base64 twice": (site) => trustedBy(site, { keyData: inBase64(inBase64(good)) }),
  "keyData beside an empty keyPath": (site) => trustedBy(site, { keyPath: "", keyData: inBase64(good) }),
  "keyDatas, the second is the one": (site) => trustedBy(site, { keyDatas: [inBase64(bad), inBase64(good)] }),
  "keyDatas, none is the one": (site) =>
    trustedBy(site, { keyDatas: [bad, rsa, ed25519, kit.key("other", "p384").publicKeyPem].map(inBase64) }),
  "keyDatas, the second is broken": (site) =>
    trustedBy(site, { keyDatas: [inBase64(good), inBase64("garbage")] }),
  "keyDatas, both are broken": (site) => trustedBy(site, { keyDatas: [inBase64("x"), inBase64("y")] }),
  "keyDatas, the second is of an unusable kind": (site) =>
    trustedBy(site, { keyDatas: [inBase64(good), inBase64(x25519)] }),
  "keyDatas, one broken and one of an unusable kind": (site) =>
    trustedBy(site, { keyDatas: [inBase64(x25519), inBase64("garbage")] }),
  "keyDatas with the same key twice": (site) => trustedBy(site, { keyDatas: [inBase64(bad), inBase64(bad)] }),
  "keyDatas with null": (site) => trustedBy(site, { keyDatas: [null] }),
  "keyDatas with an empty one": (site) => trustedBy(site, { keyDatas: [""] }),
};

function trustedBy(site: Site, members: Readonly<Record<string, unknown>>): Question {
  storeSigned(site);
  return { image: `${site.name}:v1`, policy: demand(site, sigstoreSigned(members)) };
}
