import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  formatReference,
  parseImageReference,
  repositoryName,
} from "@countersign/engine/values/image-reference";
import fc from "fast-check";
import { parse } from "smol-toml";
import { findRegistry, pullSources } from "./pull-sources.ts";
import { mergeRegistriesFiles, type RegistriesConf } from "./registries-conf.ts";
import { readRegistriesFile } from "./registries-file.ts";

const conf = (toml: string): RegistriesConf =>
  mergeRegistriesFiles([readRegistriesFile(parse(toml), "/r.conf")]);
const entry = (...lines: string[]): string => ["[[registry]]", ...lines].join("\n");
const digest = `sha256:${"a".repeat(64)}`;

describe("findRegistry", () => {
  const rows: readonly (readonly [
    what: string,
    prefixes: readonly string[],
    name: string,
    expected: string | undefined,
  ])[] = [
    ["matches a host", ["h.example"], "h.example/a", "h.example"],
    ["matches a whole repository", ["h.example/a"], "h.example/a", "h.example/a"],
    [
      "prefers the longest prefix",
      ["h.example", "h.example/a", "h.example/a/b"],
      "h.example/a/c",
      "h.example/a",
    ],
    ["does not match half a name", ["h.example/a"], "h.example/ab", undefined],
    ["does not match half a host", ["h.example"], "h.example.evil/a", undefined],
    ["matches host:port by the host, as the reference does", ["h.example"], "h.example:5000/a", "h.example"],
    ["matches a wildcard at any depth", ["*.example"], "a.b.example/x", "*.example"],
    ["matches a wildcard with a port", ["*.example"], "a.example:5000/x", "*.example"],
    ["does not match a wildcard with the bare host", ["*.h.example"], "h.example/a", undefined],
    ["does not match a wildcard in the path", ["*.example"], "h/a.example/x", undefined],
    [
      "matches a wildcard in the host although the path has it too",
      ["*.example"],
      "h.example/a.example/x",
      "*.example",
    ],
    ["matches a wildcard of one label", ["*.io"], "docker.io/library/busybox", "*.io"],
    ["does not match a wildcard of half a label", ["*.co"], "h.com/a", undefined],
    [
      "looks for a wildcard's domain where it comes first, as the reference does",
      ["*.example.com"],
      "a.example.company.example.com/x",
      undefined,
    ],
    ["takes more stars for what they are", ["**.example.com"], "a.b.example.com/x", undefined],
    ["takes a star for what it is", ["*"], "h.example/a", undefined],
    ["takes a star in the middle for what it is", ["h.*.com"], "h.a.com/x", undefined],
    ["does not match half a port", ["h.example:500"], "h.example:5000/a", undefined],
    ["does not match the bare host by host:port", ["h.example:5000"], "h.example/a", undefined],
    ["does not match a repository by a tag of it", ["h.example/a:v1"], "h.example/a", undefined],
    ["does not match a prefix that ends in a slash and more", ["h.example/a/b"], "h.example/a", undefined],
    ["matches Docker Hub's library", ["docker.io/library"], "docker.io/library/busybox", "docker.io/library"],
    [
      "does not match half of Docker Hub's library",
      ["docker.io/lib"],
      "docker.io/library/busybox",
      undefined,
    ],
    [
      "prefers the host over a wildcard only when it is longer",
      ["*.a.example", "b.a.example"],
      "b.a.example/x",
      "*.a.example",
    ],
  ];
  for (const [what, prefixes, name, expected] of rows) {
    it(what, () => {
      const toml = prefixes
        .map((prefix) => entry(`prefix = "${prefix}"`, 'location = "l.example"'))
        .join("\n");
      assert.equal(findRegistry(conf(toml), name)?.prefix, expected);
    });
  }
});

describe("pullSources", () => {
  const rows: readonly (readonly [what: string, toml: string, image: string, expected: readonly string[]])[] =
    [
      ["is the image as named without an entry", "", "h.example/a:v1", ["h.example/a:v1"]],
      [
        "keeps a name that is its own location",
        entry('location = "h.example"', "insecure = true"),
        "h.example/a:v1",
        ["h.example/a:v1 insecure"],
      ],
      [
        "puts the location in the prefix's place",
        entry('prefix = "h.example/sub"', 'location = "l:5000/other"'),
        "h.example/sub/a:v1",
        ["l:5000/other/a:v1"],
      ],
      [
        "keeps the digest",
        entry('prefix = "h.example"', 'location = "l:5000"'),
        `h.example/a@${digest}`,
        [`l:5000/a@${digest}`],
      ],
      [
        "rewrites Docker Hub",
        entry('prefix = "docker.io"', 'location = "l:5000/hub"'),
        "busybox",
        ["l:5000/hub/library/busybox:latest"],
      ],
      [
        "rewrites one repository",
        entry('prefix = "h.example/a"', 'location = "l:5000/b"'),
        "h.example/a:v1",
        ["l:5000/b:v1"],
      ],
      [
        "leaves a wildcard's names alone",
        entry('prefix = "*.example"', "insecure = true"),
        "h.example/a:v1",
        ["h.example/a:v1 insecure"],
      ],
      [
        "rewrites a wildcard's host",
        entry('prefix = "*.example"', 'location = "l:5000"'),
        "h.example/a:v1",
        ["l:5000/a:v1"],
      ],
      [
        "keeps the port when a wildcard gets another host",
        entry('prefix = "*.sub.example.io"', 'location = "example.com"'),
        "another.sub.example.io:5000/a:v1",
        ["example.com:5000/a:v1"],
      ],
      [
        "drops what the prefix has more than the location",
        entry('prefix = "h.example/a/b"', 'location = "l.example"'),
        "h.example/a/b/c:v1",
        ["l.example/c:v1"],
      ],
      [
        "gives a mirror's image another name than the registry's",
        `${entry('prefix = "h.example/a"', 'location = "l.example/b"')}\n[[registry.mirror]]\nlocation = "m.example/c/d"`,
        "h.example/a/x:v1",
        ["m.example/c/d/x:v1", "l.example/b/x:v1"],
      ],
      [
        "asks every mirror of digests for a digest",
        `${entry('location = "h.example"', "mirror-by-digest-only = true")}\n[[registry.mirror]]\nlocation = "m1:1"\n[[registry.mirror]]\nlocation = "m2:2"`,
        `h.example/a@${digest}`,
        [`m1:1/a@${digest}`, `m2:2/a@${digest}`, `h.example/a@${digest}`],
      ],
      [
        "asks no mirror of digests for a tag",
        `${entry('location = "h.example"', "mirror-by-digest-only = true")}\n[[registry.mirror]]\nlocation = "m1:1"\n[[registry.mirror]]\nlocation = "m2:2"`,
        "h.example/a:v1",
        ["h.example/a:v1"],
      ],
      [
        "keeps to the order among mirrors of several kinds",
        [
          entry('location = "h.example"'),
          ...["tag-only", "digest-only", "all", "tag-only"].map(
            (use, number) => `[[registry.mirror]]\nlocation = "m${number}:1"\npull-from-mirror = "${use}"`,
          ),
        ].join("\n"),
        "h.example/a:v1",
        ["m0:1/a:v1", "m2:1/a:v1", "m3:1/a:v1", "h.example/a:v1"],
      ],
      [
        "tries mirrors first, the registry last",
        `${entry('location = "h.example"')}\n[[registry.mirror]]\nlocation = "m1:1"\ninsecure = true\n[[registry.mirror]]\nlocation = "m2:2/x"`,
        "h.example/a:v1",
        ["m1:1/a:v1 insecure", "m2:2/x/a:v1", "h.example/a:v1"],
      ],
      [
        "asks a mirror of digests for no tag",
        `${entry('location = "h.example"')}\n[[registry.mirror]]\nlocation = "m1:1"\npull-from-mirror = "digest-only"`,
        "h.example/a:v1",
        ["h.example/a:v1"],
      ],
      [
        "asks a mirror of tags for no digest",
        `${entry('location = "h.example"')}\n[[registry.mirror]]\nlocation = "m1:1"\npull-from-mirror = "tag-only"`,
        `h.example/a@${digest}`,
        [`h.example/a@${digest}`],
      ],
    ];
  for (const [what, toml, image, expected] of rows) {
    it(what, () => {
      const found = pullSources(conf(toml), parseImageReference(image));
      assert.deepEqual(
        found.map(({ physical, insecure }) => formatReference(physical) + (insecure ? " insecure" : "")),
        expected,
      );
    });
  }
});

describe("pullSources refuses", () => {
  const rows: readonly (readonly [why: string, toml: string, image: string, message: string])[] = [
    [
      "a location that makes no name",
      entry('prefix = "h.example"', 'location = "l:5000/UPPER"'),
      "h.example/a",
      "rewriting reference: invalid reference format: repository name must be lowercase",
    ],
    [
      "a location that is no host",
      entry('prefix = "h.example"', 'location = "short"'),
      "h.example/a",
      "rewriting reference: repository name must be canonical",
    ],
    [
      "a location with a tag, for a digest",
      entry('prefix = "h.example/a"', 'location = "l:5000/a:v1"'),
      `h.example/a@${digest}`,
      "Docker references with both a tag and digest are currently not supported",
    ],
    [
      "a mirror that makes no name, although the registry itself would do",
      `${entry('location = "h.example"')}\n[[registry.mirror]]\nlocation = "m:1//x"`,
      "h.example/a",
      "rewriting reference: invalid reference format",
    ],
    [
      "a name that becomes too long",
      entry('prefix = "h.example"', `location = "l:5000/${"x".repeat(250)}"`),
      "h.example/a",
      "rewriting reference: repository name must not be more than 255 characters",
    ],
    [
      "a location that another name stands for",
      entry('prefix = "h.example"', 'location = "index.docker.io"'),
      "h.example/a",
      "rewriting reference: repository name must be canonical",
    ],
    [
      "the port that the prefix's quirk leaves over",
      entry('prefix = "h.example"', 'location = "l.example/x"'),
      "h.example:5000/a",
      "rewriting reference: invalid reference format",
    ],
  ];
  for (const [why, toml, image, message] of rows) {
    it(why, () =>
      assert.throws(() => pullSources(conf(toml), parseImageReference(image)), {
        code: "CONFIG_INVALID",
        message,
      }),
    );
  }
});

describe("pullSources and findRegistry", () => {
  const label = fc.constantFrom("a", "b", "c1", "example");
  const host = fc
    .tuple(fc.array(label, { minLength: 2, maxLength: 4 }), fc.constantFrom("", ":1", ":50"))
    .map(([labels, port]) => labels.join(".") + port);
  const path = fc.array(label, { minLength: 1, maxLength: 4 }).map((elements) => elements.join("/"));
  const image = fc
    .tuple(host, path, fc.constantFrom(":v1", `@${digest}`))
    .map(([domain, elements, end]) => parseImageReference(`${domain}/${elements}${end}`));
  const location = fc
    .tuple(
      host,
      fc.oneof(
        fc.constant(""),
        path.map((rest) => `/${rest}`),
      ),
    )
    .map((parts) => parts.join(""));

  /** Every entry that could be said to be about the name, however it is cut. */
  const prefixesOf = (name: string): readonly string[] => {
    const elements = name.split("/");
    const [domain = ""] = elements;
    const labels = domain.replace(/:.*/, "").split(".");
    return [
      ...elements.map((_, index) => elements.slice(0, index + 1).join("/")),
      ...labels.slice(1).map((_, index) => `*.${labels.slice(index + 1).join(".")}`),
    ];
  };

  it("take the longest of the prefixes a name has", () =>
    fc.assert(
      fc.property(image, fc.array(fc.tuple(host, path)), fc.nat(), (asked, others, chosen) => {
        const name = repositoryName(asked);
        const own = prefixesOf(name).filter((_, index) => (chosen >> index) & 1);
        const unrelated = others
          .map((parts) => parts.join("/"))
          .filter((other) => !`${name}/`.startsWith(`${other}/`));
        const written = [...new Set([...own, ...unrelated])];
        const found = findRegistry(
          conf(written.map((prefix) => entry(`prefix = "${prefix}"`, 'location = "l.example"')).join("\n")),
          name,
        );
        const longest = Math.max(
          0,
          ...own.filter((prefix) => matchesFirst(name, prefix)).map(({ length }) => length),
        );
        assert.equal(found?.prefix.length ?? 0, longest);
      }),
    ));

  it("put the location in the place of any prefix, and change nothing else", () =>
    fc.assert(
      fc.property(image, location, fc.nat(20), (asked, place, chosen) => {
        const name = repositoryName(asked);
        const elements = name.split("/");
        const prefix = elements.slice(0, 1 + (chosen % Math.max(1, elements.length - 1))).join("/");
        const [{ physical }] = pullSources(
          conf(entry(`prefix = "${prefix}"`, `location = "${place}"`)),
          asked,
        );
        assert.equal(formatReference(physical), place + formatReference(asked).slice(prefix.length));
        const [back] = pullSources(conf(entry(`prefix = "${place}"`, `location = "${prefix}"`)), physical);
        assert.deepEqual(back.physical, asked);
      }),
    ));

  it("give every mirror its turn, and the registry the last one", () =>
    fc.assert(
      fc.property(image, fc.array(fc.constantFrom("all", "digest-only", "tag-only", "")), (asked, uses) => {
        const mirrors = uses.map(
          (use, number) =>
            `[[registry.mirror]]\nlocation = "m${number}.example"\npull-from-mirror = "${use}"`,
        );
        const toml = [entry(`location = "${asked.domain}"`), ...mirrors].join("\n");
        const kind = asked.tag === undefined ? "digest-only" : "tag-only";
        const expected = uses.flatMap((use, number) =>
          use === "" || use === "all" || use === kind ? [`m${number}.example`] : [],
        );
        assert.deepEqual(
          pullSources(conf(toml), asked).map(({ physical }) => physical.domain),
          [...expected, asked.domain],
        );
      }),
    ));
});

/** A wildcard is looked for where its domain comes first, and nowhere else. */
function matchesFirst(name: string, prefix: string): boolean {
  if (!prefix.startsWith("*")) return true;
  const end = name.indexOf(prefix.slice(1)) + prefix.length - 1;
  return end === name.length || "/:".includes(name.charAt(end));
}
