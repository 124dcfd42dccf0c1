import { accept, demandEverywhere } from "../evidence/policies.ts";
import { storeImage } from "../evidence/store.ts";
import { named, type Rows, rowsOf } from "./table.ts";

const entry = (...lines: readonly string[]) => ["[[registry]]", ...lines, ""].join("\n");
const mirror = (...lines: readonly string[]) => ["[[registry.mirror]]", ...lines, ""].join("\n");
const digest = `sha256:${"a".repeat(64)}`;

/** What containers/image says of settings, and which of two faults it tells. */
const settings: Readonly<Record<string, string>> = {
  nothing: "",
  "an entry about nothing": entry(),
  "an entry whose location is a slash": entry('location = "/"'),
  "a prefix that leads nowhere": entry('prefix = "a.test"'),
  "a prefix that is a slash and leads nowhere": entry('prefix = "/"'),
  "a wildcard that leads nowhere": entry('prefix = "*.a.test"'),
  "a wildcard that is a location": entry('location = "*.a.test"'),
  "a wildcard with a path": entry('prefix = "*.a.test/b"', 'location = "b.test"'),
  "a wildcard with a port": entry('prefix = "*.a.test:5000"'),
  "a wildcard with an at": entry('prefix = "*.a.test@b"'),
  "a wildcard with a path, and a later entry about nothing": entry('prefix = "*.a.test/b"') + entry(),
  "a location with http": entry('location = "http://a.test"'),
  "a location with https and slashes": entry('location = "https://a.test//"'),
  "a location with another scheme": entry('location = "ftp://a.test"'),
  "a location with HTTP in capitals": entry('location = "HTTP://a.test"'),
  "a prefix with https": entry('prefix = "https://a.test"', 'location = "a.test"'),
  "a location and a prefix with a scheme": entry('prefix = "http://p.test"', 'location = "http://l.test"'),
  "pull-from-mirror for the registry itself": entry('location = "a.test"', 'pull-from-mirror = "all"'),
  "an empty pull-from-mirror for the registry itself": entry('location = "a.test"', 'pull-from-mirror = ""'),
  "pull-from-mirror for a wildcard itself": entry('prefix = "*.a.test"', 'pull-from-mirror = "all"'),
  "a mirror nowhere": entry('location = "a.test"') + mirror("insecure = true"),
  "a mirror that is a slash": entry('location = "a.test"') + mirror('location = "/"'),
  "a mirror with a scheme": entry('location = "a.test"') + mirror('location = "https://m.test"'),
  "a mirror with a prefix": entry('location = "a.test"') + mirror('location = "m.test"', 'prefix = "p.test"'),
  "a mirror that is blocked": entry('location = "a.test"') + mirror('location = "m.test"', "blocked = true"),
  "a mirror for an unknown use":
    entry('location = "a.test"') + mirror('location = "m.test"', 'pull-from-mirror = "both"'),
  "a mirror for a use in capitals":
    entry('location = "a.test"') + mirror('location = "m.test"', 'pull-from-mirror = "All"'),
  "two ways to restrict a mirror":
    entry('location = "a.test"', "mirror-by-digest-only = true") +
    mirror('location = "m.test"', 'pull-from-mirror = "digest-only"'),
  "two ways to restrict a mirror, by a use that is unknown":
    entry('location = "a.test"', "mirror-by-digest-only = true") +
    mirror('location = "m.test"', 'pull-from-mirror = "x"'),
  "the second mirror nowhere": entry('location = "a.test"') + mirror('location = "m.test"') + mirror(),
  "one place once insecure":
    entry('location = "a.test"', "insecure = true") + entry('prefix = "b.test"', 'location = "a.test"'),
  "one place once blocked":
    entry('location = "a.test"', "blocked = true") + entry('prefix = "b.test"', 'location = "a.test"'),
  "one place once insecure and once blocked":
    entry('location = "a.test"') +
    entry('location = "a.test"', "blocked = true") +
    entry('location = "a.test"', "insecure = true"),
  "two places, the second's contradiction first":
    entry('location = "a.test"') +
    entry('location = "b.test"') +
    entry('location = "b.test"', "blocked = true") +
    entry('location = "a.test"', "insecure = true"),
  "one wildcard once blocked": entry('prefix = "*.a.test"') + entry('prefix = "*.a.test"', "blocked = true"),
  "a wildcard and a location of the same letters":
    entry('prefix = "*.a.test"') + entry('location = "*.a.test"', "blocked = true"),
  "one place with and without a slash":
    entry('location = "a.test/"') + entry('location = "a.test"', "blocked = true"),
  "one prefix at two places, once blocked":
    entry('prefix = "p.test"', 'location = "a.test"') +
    entry('prefix = "p.test"', 'location = "b.test"', "blocked = true"),
  "a search registry": 'unqualified-search-registries = ["a.test", "b.test:5000/", "localhost", "c"]',
  "no search registry": "unqualified-search-registries = []",
  "a search registry without a name": 'unqualified-search-registries = [""]',
  "a search registry with a path": 'unqualified-search-registries = ["a.test/b"]',
  "a search registry with a scheme": 'unqualified-search-registries = ["https://a.test"]',
  "a search registry with an underscore": 'unqualified-search-registries = ["a_b"]',
  "a search registry of IPv6": 'unqualified-search-registries = ["[::1]:5000"]',
  "a search registry with a port that is none": 'unqualified-search-registries = ["a.test:x"]',
  "a search registry with what has to be quoted": 'unqualified-search-registries = ["a\\tb\\"`é\\u200b"]',
  "a search registry that is wrong, and an entry about nothing": `unqualified-search-registries = ["-"]\n${entry()}`,
  "mode enforcing": 'short-name-mode = "enforcing"',
  "mode permissive": 'short-name-mode = "permissive"',
  "mode disabled": 'short-name-mode = "disabled"',
  "mode unsaid": 'short-name-mode = ""',
  "mode in capitals": 'short-name-mode = "Enforcing"',
  "mode prompt": 'short-name-mode = "prompt"',
  "a mode that is wrong, and a search registry too":
    'short-name-mode = "x"\nunqualified-search-registries = ["-"]',
  "a mode that is wrong, and a wildcard too": `short-name-mode = "x"\n${entry('prefix = "*.a.test/b"')}`,
  "helpers for credentials": 'credential-helpers = ["containers-auth.json"]',
  "no helpers for credentials": "credential-helpers = []",
  "a helper that is not there": 'credential-helpers = ["nobody-has-this"]',
  "a helper that is not there, after the files":
    'credential-helpers = ["containers-auth.json", "nobody-has-this"]',
  "a helper that is not there, before the files":
    'credential-helpers = ["nobody-has-this", "containers-auth.json"]',
  "a helper without a name": 'credential-helpers = [""]',
  "a helper in a directory": 'credential-helpers = ["../x"]',
};

/** Aliases are checked although a full name needs none. */
const aliases: Readonly<Record<string, string>> = {
  "an alias": 'a = "r.test/a"',
  "an alias taken back": 'a = ""',
  "an alias of localhost": 'a = "localhost/a"',
  "an alias of a port": 'a = "host:5000/a"',
  "an alias of docker.io": 'a = "docker.io/a"',
  "an alias of the old docker.io": 'a = "index.docker.io/a"',
  "an alias without a registry": 'a = "b/c"',
  "an alias of one word": 'a = "b"',
  "an alias of a registry alone": 'a = "r.test"',
  "an alias with a tag": 'a = "r.test/a:v1"',
  "an alias with a digest": `a = "r.test/a@${digest}"`,
  "an alias with both": `a = "r.test/a:v1@${digest}"`,
  "an alias with a broken digest": 'a = "r.test/a@sha256:0123456789abcdef0123456789abcdef"',
  "an alias with an unknown digest": 'a = "r.test/a@md5:0123456789abcdef0123456789abcdef"',
  "an alias with a transport": 'a = "docker://r.test/a"',
  "an alias in capitals": 'a = "r.test/A"',
  "an alias of a host in capitals": 'a = "R.Test/a"',
  "an alias that is too long": `a = "r.test/${"a".repeat(256)}"`,
  "an alias that is too long once it is complete": `a = "docker.io/${"a".repeat(245)}"`,
  "an alias of blanks": 'a = " "',
  "an alias of nonsense": 'a = "$$\\t"',
  "a name with a path": '"a/b/c" = "r.test/a"',
  "a name with a dot": '"a.b" = "r.test/a"',
  "a name with a tag": '"a:v1" = "r.test/a"',
  "a name with a digest": `"a@${digest}" = "r.test/a"`,
  "a name with a registry": '"r.test/a" = "r.test/a"',
  "a name with localhost": '"localhost/a" = "r.test/a"',
  "a name that is localhost": 'localhost = "r.test/a"',
  "a name with a port": '"host:5000/a" = "r.test/a"',
  "a name in capitals": 'A = "r.test/a"',
  "a name of nothing": '"" = "r.test/a"',
  "a name of nonsense": '"$" = "r.test/a"',
  "a name with a registry, taken back": '"r.test/a" = ""',
  "a name and its alias wrong": '"a:v1" = "b"',
};

/** Format 1, which newer versions of the reference read no more. */
const format1: Readonly<Record<string, string>> = {
  "format 1 beside format 2, empty": "[registries.search]\nregistries = []\n",
  "format 1 beside format 2": `[registries.block]\nregistries = ["a.test"]\n${entry('location = "b.test"')}`,
  "format 1 without its lists": "[registries]\n[registries.search]\n",
};

export const registriesConfFaultRows: Rows = {
  ...rowsOf(named("", settings), question),
  ...rowsOf(named("", aliases), (line) => question(`[aliases]\n${line}\n`)),
  ...rowsOf(named("", format1), question),
  "format 1 alone": (site) => {
    storeImage(site);
    return {
      image: `${site.name}:v1`,
      policy: demandEverywhere(accept),
      registriesConf: { instead: `[registries.insecure]\nregistries = ["${site.host}"]\n` },
    };
  },
};

/** What is asked about comes first: below a table, a key would be that table's. */
function question(toml: string): Rows[string] {
  return (site) => {
    storeImage(site);
    return {
      image: `${site.name}:v1`,
      policy: demandEverywhere(accept),
      registriesConf: { instead: `${toml}\n${entry(`location = "${site.host}"`, "insecure = true")}` },
    };
  };
}
