import { mkdirSync, symlinkSync } from "node:fs";
import { dirname } from "node:path";
import type { Question, Site } from "../case.ts";
import { goodFor, inFiles } from "../evidence/lookasides.ts";
import { demandEverywhere, requireTrusted } from "../evidence/policies.ts";
import { signatureOf, trusting } from "../evidence/signed.ts";
import { attach, storeImage } from "../evidence/store.ts";
import { named, type Rows, rowsOf } from "./table.ts";

type Files = Readonly<Record<string, string>>;

/** `good` has a good signature, `none` has nothing: which of the two is asked decides. */
interface Addresses {
  readonly good: string;
  readonly none: string;
}

type Sections = readonly (readonly [scope: string, options: string])[];

function scoped(...sections: Sections): Files {
  return {
    "b.yaml": `docker:\n${sections.map(([scope, options]) => `  ${JSON.stringify(scope)}:\n${options}`).join("")}`,
  };
}

const option = (name: string, value: string) => `    ${name}: ${value}\n`;
const asks = (address: string) => option("lookaside", address);
const byDefault = (options: string): Files => ({ "a.yaml": `default-docker:\n${options}` });

const parentOf = (name: string) => name.slice(0, name.lastIndexOf("/"));

/** Which section counts. */
const precedence: Readonly<Record<string, (site: Site, at: Addresses) => Files>> = {
  "the repository before its namespace": (site, { good, none }) =>
    scoped([parentOf(site.name), asks(none)], [site.name, asks(good)]),
  "the namespace before the host": (site, { good, none }) =>
    scoped([site.host, asks(none)], [parentOf(site.name), asks(good)]),
  "the tag before the repository": (site, { good, none }) =>
    scoped([site.name, asks(none)], [`${site.name}:v1`, asks(good)]),
  "the host before a wildcard": (site, { good, none }) =>
    scoped(["*.0.0.1", asks(none)], [site.host, asks(good)]),
  "a narrow wildcard before a wide one": (_, { good, none }) =>
    scoped(["*.1", asks(none)], ["*.0.0.1", asks(good)]),
  "a wildcard before the default": (_, { good, none }) => ({
    ...byDefault(asks(none)),
    ...scoped(["*.1", asks(good)]),
  }),
  "another tag not at all": (site, { good, none }) =>
    scoped([`${site.name}:v2`, asks(none)], [site.name, asks(good)]),
  "a section without the option is passed by": (site, { good }) =>
    scoped([site.name, option("use-sigstore-attachments", "false")], [site.host, asks(good)]),
  "an empty option is passed by": (site, { good }) =>
    scoped([site.name, asks(`""`)], [site.host, asks(good)]),
  "an option that is null is passed by": (site, { good }) =>
    scoped([site.name, asks("~")], [site.host, asks(good)]),
  "a section for writing only is passed by": (site, { good, none }) =>
    scoped([site.name, option("lookaside-staging", none)], [site.host, asks(good)]),
  "the old section for writing only is passed by": (site, { good, none }) =>
    scoped([site.name, option("sigstore-staging", none)], [site.host, asks(good)]),
  "the default's staging place is not read": (_, { good }) => byDefault(option("lookaside-staging", good)),
  "the default's old staging place is not read": (_, { good }) => byDefault(option("sigstore-staging", good)),
  "the old name counts": (site, { good }) => scoped([site.name, option("sigstore", good)]),
  "the new name before the old one": (site, { good, none }) =>
    scoped([site.name, option("sigstore", none) + asks(good)]),
  "the old name, where the new one is empty": (site, { good }) =>
    scoped([site.name, asks(`""`) + option("sigstore", good)]),
  "the old name of the repository before the new one of the host": (site, { good, none }) =>
    scoped([site.host, asks(none)], [site.name, option("sigstore", good)]),
  "a null section is passed by": (site, { good }) => scoped([site.name, ""], [site.host, asks(good)]),
  "an empty section is passed by": (site, { good }) => ({
    ...byDefault(asks(good)),
    ...scoped([site.name, "    {}\n"]),
  }),
  "the last resort without any": () => ({}),
  "a number for an address": (site) => scoped([site.name, asks("0x10")]),
  "a truth value for an address": (site) => scoped([site.name, asks("True")]),
  "an address over two lines": (site, { good }) => scoped([site.name, `    lookaside: >-\n      ${good}\n`]),
  "an address in a block, its line end kept": (site, { good }) =>
    scoped([site.name, `    lookaside: |\n      ${good}\n`]),
  "an address by alias": (site, { good }) => ({
    "b.yaml": `x: &x ${good}\ndocker:\n  ${site.host}:\n    lookaside: *x\n`,
  }),
  "a section by alias": (site, { good }) => ({
    "b.yaml": `x: &x\n  lookaside: ${good}\ndocker:\n  ${site.host}: *x\n`,
  }),
  "a section by merge": (site, { good }) => ({
    "b.yaml": `x: &x\n  lookaside: ${good}\ndocker:\n  ${site.host}:\n    <<: *x\n`,
  }),
  "a merge that is overridden": (site, { good, none }) => ({
    "b.yaml": `x: &x\n  lookaside: ${none}\ndocker:\n  ${site.host}:\n    <<: *x\n    lookaside: ${good}\n`,
  }),
  "a merge of two": (site, { good, none }) => ({
    "b.yaml": `x: &x {lookaside: "${good}"}\ny: &y {lookaside: "${none}"}\ndocker:\n  ${site.host}:\n    <<: [*x, *y]\n`,
  }),
  "scopes by merge": (site, { good }) => ({
    "b.yaml": `x: &x\n  ${site.host}: {lookaside: "${good}"}\ndocker:\n  <<: *x\n`,
  }),
  "two files for two scopes": (site, { good, none }) => ({
    "a.yaml": `docker:\n  ${site.host}:\n${asks(none)}`,
    "z.yaml": `docker:\n  ${site.name}:\n${asks(good)}`,
  }),
  "a scope once with an address and once without": (site, { good }) => ({
    "a.yaml": `docker:\n  ${site.host}:\n${asks(good)}`,
    "z.yaml": `docker:\n  ${site.host}:\n${option("use-sigstore-attachments", "true")}`,
  }),
  "a scope once with an address and once null": (site, { good }) => ({
    "a.yaml": `docker:\n  ${site.host}:\n${asks(good)}`,
    "z.yaml": `docker:\n  ${site.host}:\n`,
  }),
  "a default once with an address and once empty": (_, { good }) => ({
    ...byDefault(asks(good)),
    "z.yaml": "default-docker: {}\n",
  }),
  "a default once with an address and once null": (_, { good }) => ({
    ...byDefault(asks(good)),
    "z.yaml": "default-docker:\n",
  }),
  "two documents, the second ignored": (site, { good, none }) => ({
    "b.yaml": `docker:\n  ${site.host}:\n${asks(good)}---\ndocker:\n  ${site.host}:\n${asks(none)}`,
  }),
  "lines that end in CR LF": (site, { good }) => ({
    "b.yaml": `docker:\r\n  ${site.host}:\r\n    lookaside: ${good}\r\n`,
  }),
  "a mark of byte order": (site, { good }) => ({ "b.yaml": `\ufeffdocker:\n  ${site.host}:\n${asks(good)}` }),
  "JSON, with escapes": (site, { good }) => ({
    "b.yaml": `{"docker": {"${site.host}": {"look\\u0061side": "${good.replace("file", "\\u0066ile")}"}}}`,
  }),
};

/** Sections that are no good, though nothing asks for them. */
const faults: Readonly<Record<string, string>> = {
  "lookaside a list": "docker:\n  ex.com:\n    lookaside: [a]\n",
  "lookaside a mapping": "docker:\n  ex.com:\n    lookaside: {a: b}\n",
  "sigstore a list": "docker:\n  ex.com:\n    sigstore: [a]\n",
  "lookaside-staging a list": "docker:\n  ex.com:\n    lookaside-staging: []\n",
  "sigstore-staging a mapping": "docker:\n  ex.com:\n    sigstore-staging: {}\n",
  "use-sigstore-attachments null": "docker:\n  ex.com:\n    use-sigstore-attachments: ~\n",
  "use-sigstore-attachments on": "docker:\n  ex.com:\n    use-sigstore-attachments: on\n",
  "use-sigstore-attachments On": "docker:\n  ex.com:\n    use-sigstore-attachments: On\n",
  "use-sigstore-attachments n": "docker:\n  ex.com:\n    use-sigstore-attachments: n\n",
  'use-sigstore-attachments "off"': 'docker:\n  ex.com:\n    use-sigstore-attachments: "off"\n',
  'use-sigstore-attachments "false"': 'docker:\n  ex.com:\n    use-sigstore-attachments: "false"\n',
  "use-sigstore-attachments FALSE": "docker:\n  ex.com:\n    use-sigstore-attachments: FALSE\n",
  "use-sigstore-attachments fAlse": "docker:\n  ex.com:\n    use-sigstore-attachments: fAlse\n",
  "use-sigstore-attachments 0": "docker:\n  ex.com:\n    use-sigstore-attachments: 0\n",
  "use-sigstore-attachments empty": `docker:\n  ex.com:\n    use-sigstore-attachments: ""\n`,
  "use-sigstore-attachments a list": "docker:\n  ex.com:\n    use-sigstore-attachments: [true]\n",
  "an address that is none": "docker:\n  ex.com:\n    lookaside: '%zz'\n",
  "a list for a scope": "docker:\n  [a]:\n    lookaside: x\n",
  "a list for an option": "docker:\n  ex.com:\n    [lookaside]: x\n",
  "a number for a scope": "docker:\n  1:\n    lookaside: x\n",
  "nothing for a scope": "docker:\n  ~:\n    lookaside: []\n",
  "the same scope, once in quotes": `docker:\n  ex.com: {}\n  "ex.com": {}\n`,
  "the same option twice": "docker:\n  ex.com:\n    lookaside: a\n    lookaside: b\n",
  "docker twice": "docker: {}\ndocker: {}\n",
  "an unknown member twice": "x: 1\nx: 2\n",
  "an unknown member with one twice": "x:\n  y: 1\n  y: 2\n",
  "an unknown option twice": "docker:\n  ex.com:\n    x: 1\n    x: 2\n",
  "two merges": "x: &x {}\ndocker:\n  ex.com:\n    <<: *x\n    <<: *x\n",
  "a merge of a text": "docker:\n  ex.com:\n    <<: x\n",
  "a merge of a list of texts": "docker:\n  ex.com:\n    <<: [x]\n",
  "a merge of nothing": "docker:\n  ex.com:\n    <<:\n",
  "a merge of itself": "docker:\n  ex.com: &x\n    <<: *x\n",
  "an alias of nothing": "docker:\n  ex.com: *x\n",
  "an alias of nothing where nobody looks": "x: *x\n",
  "an alias that contains itself where nobody looks": "x: &x [*x]\n",
  "aliases that multiply where nobody looks": `a0: &a0 [x]\n${Array.from({ length: 12 }, (_, n) => `a${n + 1}: &a${n + 1} [${`*a${n},`.repeat(9)}]\n`).join("")}`,
  "a text in a tag": "docker:\n  ex.com:\n    lookaside: !!int x\n",
  "a control character": "docker:\n  ex.com: {} # \u0001\n",
  "a tab for indentation": "docker:\n\tex.com: {}\n",
  "JSON's escaped slash": `{"docker": {"ex.com": {"lookaside": "a\\/b"}}}`,
  "a tag": "docker:\n  ex.com:\n    lookaside: !!str x\n",
  "a tag where nobody looks": "x: !y z\n",
  "a directive": "%YAML 1.1\n---\ndocker: {}\n",
  "a question mark within braces": "docker: {ex.com: {lookaside: http://h/?a}}\n",
  "a colon on the next line": `{"docker"\n: {}}\n`,
  "a directive of another version": "%YAML 2.0\n---\ndocker: {}\n",
  "a byte order in two bytes": "\ufffe",
  "a comment alone": "# docker: [\n",
  blanks: " \n \n",
  "an end alone": "...\n",
  "a beginning alone": "---\n",
};

/** What lies in the directory besides. */
const besides: Readonly<Record<string, (directory: string, site: Site) => void>> = {
  "a directory": (directory) => mkdirSync(`${directory}/a.d`),
  "a directory that is called like a file": (directory) => mkdirSync(`${directory}/c.yaml`),
  "a link to nothing": (directory) => symlinkSync("nowhere", `${directory}/c.yaml`),
  "a link to itself": (directory) => symlinkSync("c.yaml", `${directory}/c.yaml`),
  "a link to a file": (directory, site) =>
    symlinkSync(site.file("elsewhere", "docker: [\n"), `${directory}/c.yaml`),
  "a file that begins with a dot": (_, site) => site.file("config/registries.d/.c.yaml", "docker: [\n"),
  "a file that ends otherwise": (_, site) => site.file("config/registries.d/c.yaml~", "docker: [\n"),
  "a file in capitals": (_, site) => site.file("config/registries.d/c.YAML", "docker: [\n"),
  "bytes that are no UTF-8": (_, site) =>
    site.file("config/registries.d/c.yaml", Buffer.from("docker: # \xff\n", "latin1")),
  "UTF-16": (_, site) =>
    site.file("config/registries.d/c.yaml", Buffer.from("\ufeffdocker: {}\n", "utf16le")),
};

export const registriesDLookasideRows: Rows = {
  ...rowsOf(Object.entries(precedence), (make) => (site) => required(site, (at) => make(site, at))),
  ...rowsOf(
    named("", faults),
    (text) => (site) => required(site, ({ good }) => ({ ...byDefault(asks(good)), "f.yaml": text })),
  ),
  ...rowsOf(named("beside ", besides), (make) => (site) => {
    const directory = dirname(site.file("config/registries.d/x", ""));
    make(directory, site);
    return required(site, ({ good }) => byDefault(asks(good)));
  }),
  "an address that is none, of a registry that is blocked": (site) => ({
    ...trusting(site),
    registriesD: byDefault(asks("'%zz'")),
    registriesConf: `[[registry]]\nlocation = "${site.name}"\nblocked = true\n`,
  }),
  "an address that is none, of a registry that nobody listens for": (site) => ({
    ...trusting(site),
    image: "127.0.0.1:1/team/app",
    registriesD: byDefault(asks("'%zz'")),
  }),
  "an address that is none, at a mirror": (site) => {
    const mirror = site.elsewhere();
    storeImage(site);
    return {
      ...trusting(site),
      registriesD: scoped([mirror.host, asks("'%zz'")]),
      registriesConf: mirrorConf(site, mirror),
    };
  },
  "a scope for the mirror, read from the mirror": (site) => mirrored(site, "elsewhere"),
  "a scope for the registry, read from the mirror": (site) => mirrored(site, "here"),
  "a good attachment at the mirror, turned on for the mirror": (site) => mirroredAttachment(site, true),
  "a good attachment at the mirror, turned on for the registry": (site) => mirroredAttachment(site, false),
};

function required(site: Site, files: (at: Addresses) => Files): Question {
  const image = storeImage(site);
  const good = inFiles(site, image, [goodFor(site, image)]);
  const none = `file://${site.absent("none")}`;
  return {
    image: `${site.name}:v1`,
    policy: demandEverywhere(requireTrusted),
    registriesD: files({ good, none }),
  };
}

function mirrorConf(site: Site, mirror: Site): string {
  return `[[registry]]\nlocation = "${site.name}"\ninsecure = true\n[[registry.mirror]]\nlocation = "${mirror.host}/copies/${mirror.repository}"\ninsecure = true\n`;
}

/** The image is at a mirror only, below another path, and its signature in the mirror's place of a lookaside. */
function mirrored(site: Site, scope: "here" | "elsewhere"): Question {
  const mirror = site.elsewhere();
  const repository = `copies/${mirror.repository}`;
  const image = storeImage({ ...mirror, repository });
  const address = inFiles({ ...site, repository }, image, [goodFor(site, image)]);
  const name = scope === "here" ? site.name : `${mirror.host}/${repository}`;
  return {
    ...trusting(site),
    registriesD: scoped([name, asks(address)]),
    registriesConf: mirrorConf(site, mirror),
  };
}

function mirroredAttachment(site: Site, on: boolean): Question {
  const mirror = site.elsewhere();
  const copies = { ...mirror, repository: `copies/${mirror.repository}` };
  const image = storeImage(copies);
  attach(copies, image, [signatureOf(image, `${site.name}:v1`)]);
  const name = on ? mirror.host : site.host;
  return {
    ...trusting(site),
    registriesD: scoped([name, option("use-sigstore-attachments", "true")]),
    registriesConf: mirrorConf(site, mirror),
  };
}
