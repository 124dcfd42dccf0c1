import { accept, demandEverywhere } from "../evidence/policies.ts";
import { storeImage } from "../evidence/store.ts";
import { named, type Rows, rowsOf } from "./table.ts";

/** How TOML itself is read; none of it is about a registry. */
const texts: Readonly<Record<string, string>> = {
  "a comment": "# a\n",
  "a comment without an end": "# a",
  "lines that end as on Windows": "a = 1\r\n# b\r\n",
  "a return alone": "a = 1\rb = 2\n",
  "a control character in a comment": "# \u0001\n",
  "a delete in a comment": "# \u007f\n",
  "a null": "# \u0000\n",
  "a replacement character": "# \ufffd\n",
  "a tab in text": 'a = "\t"\n',
  "a control character in text": 'a = "\u0001"\n',
  "unknown keys": 'a = 1\nb = "c"\n[d]\ne = [1, "f", {g = 1.5}]\n',
  "a key twice": "a = 1\na = 2\n",
  "a key twice, once in quotes": 'a = 1\n"a" = 2\n',
  "a table twice": "[a]\n[a]\n",
  "a table twice, once inside another": "[a.b]\n[a]\n[a.b]\n",
  "a table and its parent": "[a.b]\n[a]\n",
  "a table that is an array": "[a]\n[[a]]\n",
  "an array that is a table": "[[a]]\n[a]\n",
  "more of an array of values": "a = [{b = 1}]\n[[a]]\n",
  "more of an inline table": "a = {b = 1}\n[a.c]\n",
  "dotted keys": "a.b = 1\na.c = 2\n",
  "dotted keys and a table": "[a]\nb.c = 1\n[a.b.d]\n",
  "two keys on a line": "a = 1 b = 2\n",
  "a key without a value": "a =\n",
  "a value without a key": "= 1\n",
  "a key alone": "a\n",
  "a bare key in another script": "é = 1\n",
  "a quoted key in another script": '"é" = 1\n',
  "an empty key": '"" = 1\n',
  "a key of several lines": '"""a""" = 1\n',
  "an array over lines": "a = [\n1,\n2, # b\n]\n",
  "an array without commas": "a = [1 2]\n",
  "an array of several types": 'a = [1, "b", 2.5]\n',
  "an inline table over lines": "a = {\nb = 1,\nc = 2\n}\n",
  "an inline table with a comma at its end": "a = {b = 1,}\n",
  "text that does not end": 'a = "b\n',
  "text of several lines": 'a = """\nb\\\n   c"""\n',
  "text as it is": "a = '\\z'\n",
  "an unknown escape": 'a = "\\z"\n',
  "an escape of a byte": 'a = "\\x41"\n',
  "an escape character": 'a = "\\e"\n',
  "half of a pair": 'a = "\\ud800"\n',
  "no character": 'a = "\\U00110000"\n',
  "a zero in front": "a = 01\n",
  "a plus in front": "a = +1\n",
  underscores: "a = 1_000\n",
  "two underscores": "a = 1__000\n",
  "a hexadecimal number": "a = 0xfF\n",
  "the largest integer": "a = 9223372036854775807\n",
  "an integer that is too large": "a = 9223372036854775808\n",
  "an integer that is far too large": "a = 99999999999999999999\n",
  "a float": "a = 1.5e-3\n",
  "a float that is too large": "a = 1e999\n",
  "a float that ends in a dot": "a = 1.\n",
  "not a number": "a = nan\n",
  "a truth in capitals": "a = True\n",
  "a day that does not exist": "a = 1979-02-30\n",
  "an hour that does not exist": "a = 24:00:00\n",
  "no end of a table's name": "[a\n",
  "a table without a name": "[]\n",
  "a table's name with blanks": "[ a . b ]\n",
  "blanks between brackets": "[ [a]]\n",
};

/** Values of another type than containers/image reads them as. */
const types: Readonly<Record<string, string>> = {
  "registry a table": '[registry]\nlocation = "a.test"\n',
  "registry a text": 'registry = "a.test"\n',
  "location a number": "[[registry]]\nlocation = 1\n",
  "location a table": "[[registry]]\nlocation = {}\n",
  "prefix a list": "[[registry]]\nprefix = []\n",
  "insecure a text": '[[registry]]\nlocation = "a.test"\ninsecure = "true"\n',
  "blocked a number": '[[registry]]\nlocation = "a.test"\nblocked = 1\n',
  "mirror-by-digest-only a text": '[[registry]]\nlocation = "a.test"\nmirror-by-digest-only = ""\n',
  "mirror a text": '[[registry]]\nlocation = "a.test"\nmirror = "b.test"\n',
  "mirror a list of texts": '[[registry]]\nlocation = "a.test"\nmirror = ["b.test"]\n',
  "mirror a table": '[[registry]]\nlocation = "a.test"\n[registry.mirror]\nlocation = "b.test"\n',
  "pull-from-mirror a truth":
    '[[registry]]\nlocation = "a.test"\n[[registry.mirror]]\nlocation = "b.test"\npull-from-mirror = true\n',
  "search registries a text": 'unqualified-search-registries = "a.test"\n',
  "search registries of numbers": "unqualified-search-registries = [1]\n",
  "search registries of several types": 'unqualified-search-registries = ["a.test", 1]\n',
  "helpers a text": 'credential-helpers = "a"\n',
  "mode a truth": "short-name-mode = true\n",
  "the aliases a text": 'aliases = "r.test/a"\n',
  "the helper of layers a list": 'additional-layer-store-auth-helper = ["a"]\n',
  "aliases a list": "aliases = []\n",
  "aliases tables": "[[aliases]]\n",
  "an alias a number": "[aliases]\na = 1\n",
  "an alias with dots": '[aliases]\na.b = "r.test/a"\n',
  "format 1 a text": 'registries = "a"\n',
  "format 1's list a text": '[registries.search]\nregistries = "a.test"\n',
  "a location that is a day": "[[registry]]\nlocation = 1979-05-27\n",
};

/** Other ways to write what is known. */
const spellings: Readonly<Record<string, (host: string) => string>> = {
  "keys in capitals": (host) => `[[REGISTRY]]\nLOCATION = "${host}"\nINSECURE = true\n`,
  "a key in two cases": (host) => `[[registry]]\nlocation = "${host}"\ninsecure = true\nInsecure = true\n`,
  "a key with a long s": (host) => `[["regiſtry"]]\nlocation = "${host}"\ninsecure = true\n`,
  "a key with the Kelvin sign": (host) => `[[registry]]\nlocation = "${host}"\n"bloc\u212aed" = true\n`,
  "a list of inline tables": (host) => `registry = [{location = "${host}", insecure = true}]\n`,
  "text of several lines": (host) => `[[registry]]\nlocation = """${host}"""\ninsecure = true\n`,
  "text as it is": (host) => `[[registry]]\nlocation = '${host}'\ninsecure = true\n`,
  escapes: (host) => `[[registry]]\nlocation = "${host.replace("1", "\\u0031")}"\ninsecure = true\n`,
  "keys in quotes": (host) => `[["registry"]]\n"location" = "${host}"\n'insecure' = true\n`,
  "a mark of byte order": (host) => `\ufeff[[registry]]\nlocation = "${host}"\ninsecure = true\n`,
  "two marks of byte order": (host) => `\ufeff\ufeff[[registry]]\nlocation = "${host}"\ninsecure = true\n`,
  "an underscore": (host) =>
    `[[registry]]\nlocation = "${host}"\ninsecure = true\nmirror_by_digest_only = "x"\n`,
};

/** Bytes that no text is made of. */
const bytes: Readonly<Record<string, (host: string) => Uint8Array>> = {
  "a comment that is no UTF-8": (host) =>
    Buffer.concat([
      Buffer.from(`[[registry]]\nlocation = "${host}"\ninsecure = true\n# `),
      Buffer.of(0xff, 0x0a),
    ]),
  "UTF-16": (host) => Buffer.from(`\ufeff[[registry]]\nlocation = "${host}"\ninsecure = true\n`, "utf16le"),
};

export const tomlRows: Rows = {
  ...rowsOf(named("", texts), (text) =>
    alone((host) => `${text}[[registry]]\nlocation = "${host}"\ninsecure = true\n`),
  ),
  ...rowsOf(named("at the end: ", texts), (text) =>
    alone((host) => `[[registry]]\nlocation = "${host}"\ninsecure = true\n${text}`),
  ),
  ...rowsOf(named("", types), (text) => alone(() => text)),
  ...rowsOf(named("spelled with ", spellings), alone),
  ...rowsOf(named("", bytes), alone),
};

function alone(write: (host: string) => string | Uint8Array): Rows[string] {
  return (site) => {
    storeImage(site);
    const registriesConf = { instead: write(site.host) };
    return { image: `${site.name}:v1`, policy: demandEverywhere(accept), registriesConf };
  };
}
