import { storeImage } from "../evidence/store.ts";
import { type Rows, rowsOf } from "./table.ts";

const hex = "0123456789abcdef".repeat(4);

/** What people write where a reference, a repository or a prefix is meant. */
const names: readonly string[] = [
  ...[
    "",
    " ",
    "a",
    "a:v1",
    "a/b",
    "a/b:v1",
    "busybox",
    "library/busybox:1",
    "ex.com",
    "ex.com/",
    "ex.com/a",
    "ex.com/a:v1",
  ],
  ...[
    "ex.com:5000",
    "ex.com:5000/a",
    "ex.com:5000/a:v1",
    "ex.com:/a:v1",
    "ex.com:x/a:v1",
    "EX.com/a:v1",
    "ex.com/A:v1",
  ],
  ...[
    "ex.com/a:",
    "ex.com/a:V1",
    "ex.com/a:.v",
    "ex.com/a:-v",
    `ex.com/a:${"t".repeat(128)}`,
    `ex.com/a:${"t".repeat(129)}`,
  ],
  ...[
    `ex.com/a@sha256:${hex}`,
    `ex.com/a:v1@sha256:${hex}`,
    `ex.com/a@sha256:${hex.toUpperCase()}`,
    "ex.com/a@sha256:abc",
  ],
  ...[
    `ex.com/a@sha512:${hex}${hex}`,
    `ex.com/a@md5:${hex.slice(32)}`,
    "ex.com/a@",
    "@",
    ":",
    "/",
    "//a",
    "ex.com//a",
    "ex.com/a/",
  ],
  ...[
    "ex.com/a..b",
    "ex.com/a__b",
    "ex.com/a___b",
    "ex.com/a-b",
    "ex.com/a--b",
    "ex.com/-a",
    "ex.com/a_",
    "localhost/a:v1",
  ],
  ...[
    "[::1]/a:v1",
    "[::1]:5000/a:v1",
    "127.0.0.1:5000/a:v1",
    "docker.io/a:v1",
    "index.docker.io/a:v1",
    "docker.io/library/a",
  ],
  ...[
    hex,
    `${hex}:v1`,
    `ex.com/${"n".repeat(240)}`,
    `ex.com/${"n".repeat(256)}:v1`,
    "docker://ex.com/a:v1",
    "https://ex.com/a",
  ],
  ...[
    "ex.com/a b:v1",
    "ex.com/é:v1",
    "ex.com/a\n:v1",
    "*.ex.com",
    "*.ex.com/a:v1",
    "ex_.com/a:v1",
    "-ex.com/a:v1",
    "ex.com./a:v1",
  ],
];

const matchers: Readonly<Record<string, (text: string) => unknown>> = {
  exactReference: (text) => ({ type: "exactReference", dockerReference: text }),
  exactRepository: (text) => ({ type: "exactRepository", dockerRepository: text }),
  "prefix of remapIdentity": (text) => ({ type: "remapIdentity", prefix: text, signedPrefix: "ex.org" }),
  "signedPrefix of remapIdentity": (text) => ({
    type: "remapIdentity",
    prefix: "ex.org",
    signedPrefix: text,
  }),
};

function* policies(): Generator<readonly [name: string, policy: string]> {
  for (const [kind, matcher] of Object.entries(matchers)) {
    for (const text of names) {
      const requirement = { type: "sigstoreSigned", keyData: "eA==", signedIdentity: matcher(text) };
      yield [`${kind} ${JSON.stringify(text)}`, JSON.stringify({ default: [requirement] })];
    }
  }
}

export const identityGrammarRows: Rows = rowsOf(policies(), (policy) => (site) => {
  storeImage(site);
  return { image: `${site.name}:v1`, policy };
});
