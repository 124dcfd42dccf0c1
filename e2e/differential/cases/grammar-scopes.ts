import { storeImage } from "../evidence/store.ts";
import { type Rows, rowsOf } from "./table.ts";

const hex = "0123456789abcdef".repeat(4);
const upperHex = hex.toUpperCase();

/** Scope names by transport: each transport has its own idea of what a scope may be. */
const scopes: Readonly<Record<string, readonly string[]>> = {
  docker: [
    "",
    "*",
    "*.ex.com",
    "a*b",
    "ex.com",
    "EX.com/A",
    "ex.com/a:v1",
    "ex.com/a@sha256:x",
    "/",
    " ",
    "é\n",
  ],
  atomic: [
    "",
    "h",
    "h/ns",
    "h/ns/s",
    "h/ns/s:t",
    "h/ns/s:t:u",
    "h/ns/s/x",
    "h:5000/ns",
    "h/ns:x",
    "/",
    "//",
    "///",
  ],
  "docker-daemon": [
    "",
    "ex.com/a",
    "ex.com/a:v1",
    `sha256:${hex}`,
    `sha256:${upperHex}`,
    "sha256:abc",
    "md5:abc",
    "a:b",
    ":",
  ],
  "docker-archive": ["", "x", "/x"],
  tarball: ["", "x", "/x"],
  dir: ["", "/", "/a", "/a/", "/a/b", "a", "./a", "/a/../b", "/a//b", "/a/.", "//a", "/é", "/a:b"],
  oci: ["", "/", "/a", "/a/", "a", "/a/../b", "/a:t", "/a:t:u", "/a//b"],
  "oci-archive": ["", "/", "/a", "/a/", "a", "/a/../b", "/a:t", "/a//b"],
  sif: ["", "/", "/a.sif", "/a/", "a", "/a/../b", "/a//b"],
  "containers-storage": [
    ...[
      "",
      "/a",
      "[",
      "[]",
      "[/]",
      "[/a]",
      "[/a/]",
      "[a]",
      "[/a/../b]",
      "[overlay@/a]",
      "[@/a]",
      "[overlay@]",
      "[overlay@a]",
    ],
    ...[
      "[overlay@/a+/run]",
      "[overlay@/a+/run:opt]",
      "[/a]x",
      "[/a]ex.com/a",
      "[/a]ex.com/a:v1",
      "[overlay@/a]ex.com/a:v1",
    ],
    ...[
      "[/a]ex.com/A",
      "[/a]ex.com/a:",
      "[/a]ex.com/",
      "[/a]/x",
      "[/a]:v1",
      `[/a]@${hex}`,
      `[/a]@${upperHex}`,
      "[/a]@abc",
    ],
    ...[
      `[/a]ex.com/a@${hex}`,
      `[/a]ex.com/a:v1@${hex}`,
      `[/a]ex.com/a@sha256:${hex}`,
      `[/a]ex.com/a@sha256:${hex}@${hex}`,
    ],
    ...[
      `[/a]ex.com/a@sha256:${hex}@x`,
      `[/a]ex.com/a:v1@sha256:${hex}@${hex}`,
      "[/a]ex.com/a@sha256:abc",
      "[/a]*.ex.com",
      "[/a]ex.com",
    ],
  ],
  ostree: ["", "x", "repo:tag"],
  "no-such-transport": ["", "x", "[", "/a/../b"],
  Docker: ["", "ex.com"],
};

/** Shapes of what stands below `transports`. */
const shapes: Readonly<Record<string, string>> = {
  "transports empty": "{}",
  "transports null": "null",
  "transports a list": "[]",
  "transports a string": `"docker"`,
  "transports a number": "7",
  "a transport empty": `{"docker":{}}`,
  "a transport null": `{"docker":null}`,
  "a transport a list": `{"docker":[]}`,
  "a transport twice": `{"docker":{},"docker":{}}`,
  "a scope twice": `{"docker":{"x":[{"type":"reject"}],"x":[{"type":"reject"}]}}`,
  "a scope twice, once escaped": `{"docker":{"x":[{"type":"reject"}],"\\u0078":[{"type":"reject"}]}}`,
  "the default scope twice": `{"docker":{"":[{"type":"reject"}],"":[{"type":"reject"}]}}`,
  "a scope null": `{"docker":{"x":null}}`,
  "a scope without requirements": `{"docker":{"x":[]}}`,
  "a scope an object": `{"docker":{"x":{"type":"reject"}}}`,
  "a scope a string": `{"docker":{"x":"reject"}}`,
  "a requirement null": `{"docker":{"x":[null]}}`,
  "a requirement a string": `{"docker":{"x":["reject"]}}`,
  "a requirement a number": `{"docker":{"x":[1]}}`,
  "a requirement a list": `{"docker":{"x":[[]]}}`,
  "a requirement without a type": `{"docker":{"x":[{}]}}`,
  "a requirement of an unknown type": `{"docker":{"x":[{"type":"notary"}]}}`,
  "a type in capitals": `{"docker":{"x":[{"type":"REJECT"}]}}`,
  "a member named Type": `{"docker":{"x":[{"Type":"reject"}]}}`,
  "a member named type and one named Type": `{"docker":{"x":[{"type":"reject","Type":"signedBy"}]}}`,
  "a type null": `{"docker":{"x":[{"type":null}]}}`,
  "a type a number": `{"docker":{"x":[{"type":1}]}}`,
  "a good requirement before a bad one": `{"docker":{"x":[{"type":"reject"},{"type":"no"}]}}`,
  "a transport's name with a quote": `{"do\\"cker":{"x":[]}}`,
  "a fault in an unknown transport": `{"none":{"x":[]}}`,
  "a fault in the second transport": `{"atomic":{"":[{"type":"reject"}]},"docker":{"":[]}}`,
  "a transport named __proto__": `{"__proto__":{"x":[{"type":"reject"}]}}`,
  "a scope named __proto__": `{"docker":{"__proto__":[{"type":"reject"}]}}`,
};

const defaults: Readonly<Record<string, string>> = {
  "default null": "null",
  "default empty": "[]",
  "default an object": `{"type":"reject"}`,
  "default a string": `"reject"`,
  "default a list in a list": `[[{"type":"reject"}]]`,
  "default with two requirements": `[{"type":"insecureAcceptAnything"},{"type":"reject"}]`,
  "default with a null": "[null]",
};

function* policies(): Generator<readonly [name: string, policy: string]> {
  for (const [transport, names] of Object.entries(scopes)) {
    for (const scope of names) {
      const inner = `{${JSON.stringify(scope)}:[{"type":"reject"}]}`;
      yield [`${transport} scope ${JSON.stringify(scope)}`, withTransports(`{"${transport}":${inner}}`)];
    }
  }
  for (const [name, text] of Object.entries(shapes)) yield [name, withTransports(text)];
  for (const [name, text] of Object.entries(defaults)) yield [name, `{"default":${text}}`];
}

function withTransports(text: string): string {
  return `{"default":[{"type":"insecureAcceptAnything"}],"transports":${text}}`;
}

export const scopeGrammarRows: Rows = rowsOf(policies(), (policy) => (site) => {
  storeImage(site);
  return { image: `${site.name}:v1`, policy };
});
