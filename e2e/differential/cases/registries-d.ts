import type { Question, Site } from "../case.ts";
import { demandEverywhere, requireTrusted } from "../evidence/policies.ts";
import { storeSigned } from "../evidence/signed.ts";
import { named, type Rows, rowsOf } from "./table.ts";

type Files = Readonly<Record<string, string>>;

const on = "use-sigstore-attachments: true";
const off = "use-sigstore-attachments: false";

/** Files of registries.d; whether attachments are looked for at all hangs on them. */
const files: Readonly<Record<string, (site: Site, digest: string) => Files>> = {
  "no file": () => ({}),
  "an empty file": () => ({ "a.yaml": "" }),
  "on by default": () => ({ "a.yaml": `default-docker:\n  ${on}\n` }),
  "off by default": () => ({ "a.yaml": `default-docker:\n  ${off}\n` }),
  "a default that says nothing of it": () => ({
    "a.yaml": "default-docker:\n  lookaside: file:///nowhere\n",
  }),
  "on for the repository": (site) => scoped([site.name, on]),
  "on for the namespace": (site) => scoped([parent(site.name), on]),
  "on for the host": (site) => scoped([site.host, on]),
  "on for the tag": (site) => scoped([`${site.name}:v1`, on]),
  "on for another tag": (site) => scoped([`${site.name}:v2`, on]),
  "on for the digest": (site, digest) => scoped([`${site.name}@${digest}`, on]),
  "on for a repository below": (site) => scoped([`${site.name}/more`, on]),
  "on for half a name": (site) => scoped([site.name.slice(0, -1), on]),
  "on for the host without port": (site) => scoped([site.host.replace(/:.*/, ""), on]),
  "on for a wildcard": () => scoped(["*.0.0.1", on]),
  "on for a wider wildcard": () => scoped(["*.1", on]),
  "on for a wildcard of the host": (site) => scoped([`*.${site.host}`, on]),
  "on for a star": () => scoped(["*", on]),
  "on for nothing": () => scoped(["", on]),
  "on for the repository, off for the host": (site) => scoped([site.name, on], [site.host, off]),
  "off for the repository, on for the host": (site) => scoped([site.name, off], [site.host, on]),
  "off for the repository, on by default": (site) => ({
    "a.yaml": `default-docker:\n  ${on}\n`,
    ...scoped([site.name, off]),
  }),
  "the repository says nothing of it, the host does": (site) =>
    scoped([site.name, "lookaside: file:///nowhere"], [site.host, on]),
  "the repository says nothing of it, the default does": (site) => ({
    "a.yaml": `default-docker:\n  ${on}\n`,
    ...scoped([site.name, "lookaside: file:///nowhere"]),
  }),
  "the old names": (site) => scoped([site.name, `sigstore: file:///nowhere\n    ${on}`]),
  "two files": (site) => ({
    "a.yaml": `docker:\n  ex.com:\n    ${off}\n`,
    "b.yaml": scopedText([site.name, on]),
  }),
  "the same scope in two files": (site) => ({
    "a.yaml": scopedText([site.name, on]),
    "b.yaml": scopedText([site.name, on]),
  }),
  "the default in two files": () => ({
    "a.yaml": `default-docker:\n  ${on}\n`,
    "b.yaml": `default-docker:\n  ${on}\n`,
  }),
  "the same scope twice in a file": (site) => scoped([site.name, on], [site.name, on]),
  "a file that is not called .yaml": () => ({ "a.yml": `default-docker:\n  ${on}\n`, "a.conf": "[" }),
  "a file without a name": () => ({ ".yaml": `default-docker:\n  ${on}\n` }),
  "an unknown member": () => ({ "a.yaml": `default-docker:\n  ${on}\n  x: y\nz: 1\n` }),
  "a null default": () => ({ "a.yaml": "default-docker:\n" }),
  "a null scope": (site) => ({ "a.yaml": `default-docker:\n  ${on}\ndocker:\n  ${site.name}:\n` }),
  "a null docker": () => ({ "a.yaml": `default-docker:\n  ${on}\ndocker:\n` }),
  "the option null": () => ({ "a.yaml": "default-docker:\n  use-sigstore-attachments:\n" }),
  "the option yes": () => ({ "a.yaml": "default-docker:\n  use-sigstore-attachments: yes\n" }),
  "the option True": () => ({ "a.yaml": "default-docker:\n  use-sigstore-attachments: True\n" }),
  "the option in quotes": () => ({ "a.yaml": `default-docker:\n  use-sigstore-attachments: "true"\n` }),
  "the option a number": () => ({ "a.yaml": "default-docker:\n  use-sigstore-attachments: 1\n" }),
  JSON: () => ({ "a.yaml": `{"default-docker":{"use-sigstore-attachments":true}}` }),
  "a comment": () => ({ "a.yaml": `# on\ndefault-docker: # on\n  ${on} # on\n` }),
  "an anchor": () => ({ "a.yaml": `default-docker: &d\n  ${on}\ndocker:\n  ex.com: *d\n` }),
};

/** What is true and what is not, beside a signature that counts only if it is. */
const words = [
  "y",
  "Y",
  "yes",
  "Yes",
  "YES",
  "yEs",
  "on",
  "On",
  "ON",
  "true",
  "True",
  "TRUE",
  "tRUE",
  "t",
  "1",
]
  .concat([
    "n",
    "N",
    "no",
    "No",
    "NO",
    "off",
    "Off",
    "OFF",
    "false",
    "False",
    "FALSE",
    "0",
    "null",
    "Null",
    "~",
  ])
  .flatMap((word) => [word, `"${word}"`]);

function scoped(...scopes: readonly (readonly [scope: string, text: string])[]): Files {
  return { "scoped.yaml": scopedText(...scopes) };
}

function scopedText(...scopes: readonly (readonly [scope: string, text: string])[]): string {
  return `docker:\n${scopes.map(([scope, text]) => `  ${JSON.stringify(scope)}:\n    ${text}\n`).join("")}`;
}

function parent(name: string): string {
  return name.slice(0, name.lastIndexOf("/"));
}

/** Files that no reader takes; the reasons are the YAML reader's own. */
const broken: Readonly<Record<string, Files>> = {
  "no YAML": { "a.yaml": "[" },
  "a tab": { "a.yaml": "default-docker:\n\tuse-sigstore-attachments: true\n" },
  "a list": { "a.yaml": "- a\n" },
  "a string": { "a.yaml": "hello" },
  "docker a list": { "a.yaml": "docker: []\n" },
  "docker a string": { "a.yaml": "docker: x\n" },
  "a scope a string": { "a.yaml": "docker:\n  x: y\n" },
  "the default a string": { "a.yaml": "default-docker: x\n" },
  "the option a string": { "a.yaml": "default-docker:\n  use-sigstore-attachments: maybe\n" },
  "lookaside a list": { "a.yaml": "default-docker:\n  lookaside: []\n" },
};

export const registriesDRows: Rows = {
  ...rowsOf(
    Object.entries(files).flatMap(([name, make]) =>
      (["tag", "digest"] as const).map((way) => [`${name}, asked by ${way}`, { make, way }] as const),
    ),
    ({ make, way }) =>
      (site) => {
        const { digest } = storeSigned(site);
        const image = way === "tag" ? `${site.name}:v1` : `${site.name}@${digest}`;
        return { image, policy: demandEverywhere(requireTrusted), registriesD: make(site, digest) };
      },
  ),
  ...rowsOf(
    words.map((word) => [
      `the word ${word}`,
      { "a.yaml": `default-docker:\n  use-sigstore-attachments: ${word}\n` },
    ]),
    (registriesD) => (site) => required(site, registriesD),
  ),
  ...rowsOf(named("", broken), (registriesD) => (site) => required(site, registriesD)),
};

function required(site: Site, registriesD: Files): Question {
  storeSigned(site);
  return { image: `${site.name}:v1`, policy: demandEverywhere(requireTrusted), registriesD };
}
