import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { CountersignError } from "./error.ts";
import {
  dropTagIfDigested,
  familiarName,
  familiarReference,
  formatReference,
  isNameOnly,
  isQualified,
  parseImageReference,
  parseNamedReference,
  parseReference,
  repositoryName,
} from "./image-reference.ts";

const sha256 = `sha256:${"0123456789abcdef".repeat(4)}`;
const digest = `@${sha256}`;

describe("parseNamedReference normalises", () => {
  const rows: ReadonlyArray<readonly [text: string, full: string, familiar: string]> = [
    ["busybox", "docker.io/library/busybox", "busybox"],
    ["busybox:1.36", "docker.io/library/busybox:1.36", "busybox:1.36"],
    [`busybox${digest}`, `docker.io/library/busybox${digest}`, `busybox${digest}`],
    [`busybox:1.36${digest}`, `docker.io/library/busybox:1.36${digest}`, `busybox:1.36${digest}`],
    ["library/busybox", "docker.io/library/busybox", "busybox"],
    ["team/app", "docker.io/team/app", "team/app"],
    ["library/team/app", "docker.io/library/team/app", "library/team/app"],
    ["docker.io/busybox", "docker.io/library/busybox", "busybox"],
    ["index.docker.io/busybox", "docker.io/library/busybox", "busybox"],
    ["index.docker.io/team/app", "docker.io/team/app", "team/app"],
    ["docker.io:443/busybox", "docker.io:443/busybox", "docker.io:443/busybox"],
    ["localhost/app", "localhost/app", "localhost/app"],
    ["host/app", "docker.io/host/app", "host/app"],
    ["host:5000/app:tag", "host:5000/app:tag", "host:5000/app:tag"],
    ["host:5000", "docker.io/library/host:5000", "host:5000"],
    ["quay.io/a/b/c", "quay.io/a/b/c", "quay.io/a/b/c"],
    ["Quay.IO/a", "Quay.IO/a", "Quay.IO/a"],
    ["a.b/c__d/e.f/g---h", "a.b/c__d/e.f/g---h", "a.b/c__d/e.f/g---h"],
    ["a.b/c:T_a.g-1", "a.b/c:T_a.g-1", "a.b/c:T_a.g-1"],
    ["a_b.c/d", "a_b.c/d", "a_b.c/d"],
    [
      "0123456789abcdef".repeat(3),
      `docker.io/library/${"0123456789abcdef".repeat(3)}`,
      "0123456789abcdef".repeat(3),
    ],
  ];
  for (const [text, full, familiar] of rows) {
    it(text, () => {
      const name = parseNamedReference(text);
      assert.equal(formatReference(name), full);
      assert.equal(familiarReference(name), familiar);
      assert.equal(familiarReference(name).startsWith(familiarName(name)), true);
    });
  }

  it("takes no part of a name for a host that cannot be one", () => {
    const { domain, path } = parseNamedReference("a_b.c/d");
    assert.deepEqual({ domain, path }, { domain: "", path: "a_b.c/d" });
  });
});

describe("parseNamedReference refuses", () => {
  const format = "invalid reference format";
  const lower = "invalid reference format: repository name must be lowercase";
  const hex = "0123456789abcdef".repeat(4);
  const refused: ReadonlyArray<readonly [why: string, text: string, message: string]> = [
    ["nothing", "", format],
    ["capitals in a path", "Busybox", lower],
    ["capitals in a path on a host", "a.b/C", lower],
    ["capitals beyond ASCII", "a.b/É", lower],
    ["an algorithm in capitals, which it takes for a path", "a.b/c@SHA256:ab", lower],
    ["capitals where a host cannot stand", "A_B.c/d", "repository name must be lowercase"],
    [
      "64 hex digits, which could be an image ID",
      hex,
      `invalid repository name (${hex}), cannot specify 64-byte hexadecimal strings`,
    ],
    ["an empty tag", "busybox:", format],
    ["a tag that begins with a dot", "busybox:.x", format],
    ["a tag of 129 characters", `busybox:${"t".repeat(129)}`, format],
    ["a path that ends with a slash", "a.b/c/", format],
    ["an empty path element", "a.b/c//d", format],
    ["three underscores in a row", "a.b/c___d", format],
    ["a path element that begins with a separator", "a.b/-c", format],
    ["a host that begins with a dash", "-a.b/c", format],
    ["an empty port", "a.b:/c", format],
    ["a trailing newline", "busybox\n", format],
    ["a scheme", "https://a.b/c", format],
    ["a digest without its algorithm", `busybox@${hex}`, format],
    ["a digest of fewer than 32 digits", "busybox@sha256:abcdef", format],
    ["a digest that is too short", `busybox@sha256:${hex.slice(1)}`, "invalid checksum digest length"],
    ["a digest in capitals", `busybox@sha256:${hex.toUpperCase()}`, "invalid checksum digest format"],
    ["an unknown digest algorithm", `busybox@md5:${hex}`, "unsupported digest algorithm"],
    [
      "a name of 256 characters",
      `a.b/${"c".repeat(252)}`,
      "repository name must not be more than 255 characters",
    ],
    [
      "a name too long only with the host it lacks",
      "c".repeat(238),
      "repository name must not be more than 255 characters",
    ],
  ];
  for (const [why, text, message] of refused) {
    it(why, () => assert.throws(() => parseNamedReference(text), { code: "REFERENCE_INVALID", message }));
  }

  it("long names that almost fit, in no more time than others", () => {
    // each of these takes a backtracking engine forever if separators may be empty
    for (const almost of [
      "a".repeat(1e5),
      "a-".repeat(5e4),
      "a.".repeat(5e4),
      "a/".repeat(5e4),
      `a@${"b".repeat(1e5)}`,
    ]) {
      assert.throws(() => parseNamedReference(`${almost}!`), { code: "REFERENCE_INVALID", message: format });
    }
  });
});

describe("parseImageReference", () => {
  it("adds :latest to a bare name only", () => {
    assert.equal(formatReference(parseImageReference("busybox")), "docker.io/library/busybox:latest");
    assert.equal(formatReference(parseImageReference("busybox:x")), "docker.io/library/busybox:x");
    assert.equal(
      formatReference(parseImageReference(`busybox${digest}`)),
      `docker.io/library/busybox${digest}`,
    );
  });

  it("refuses a tag and a digest together", () => {
    const message = "Docker references with both a tag and digest are currently not supported";
    assert.throws(() => parseImageReference(`busybox:x${digest}`), { code: "REFERENCE_INVALID", message });
  });

  it("refuses a name without a host to ask", () => {
    const message = `invalid reference format: no registry host in "a_b.c/d"`;
    assert.throws(() => parseImageReference("a_b.c/d"), { code: "REFERENCE_INVALID", message });
  });
});

describe("a name", () => {
  it("with tag and digest loses the tag, with one of them nothing", () => {
    const dropped = (text: string) => formatReference(dropTagIfDigested(parseNamedReference(text)));
    assert.equal(dropped(`busybox:x${digest}`), `docker.io/library/busybox${digest}`);
    assert.equal(dropped("busybox:x"), "docker.io/library/busybox:x");
    assert.equal(dropped("busybox"), "docker.io/library/busybox");
  });

  it("knows whether it is only a name", () => {
    assert.deepEqual(
      ["busybox", "busybox:x", `busybox${digest}`].map((text) => isNameOnly(parseNamedReference(text))),
      [true, false, false],
    );
  });
});

describe("for any name", () => {
  const element = fc.stringMatching(/^[a-z0-9]{1,5}([._-][a-z0-9]{1,3}){0,2}$/);
  const host = fc.constantFrom(
    "",
    "docker.io/",
    "index.docker.io/",
    "localhost/",
    "a.b/",
    "a.b:5000/",
    "A-b.C/",
  );
  const suffix = fc.constantFrom("", ":x", ":1.2-Rc_3", digest, `:x${digest}`);
  const valid = fc
    .tuple(host, fc.array(element, { minLength: 1, maxLength: 4 }), suffix)
    .map(([domain, path, rest]) => domain + path.join("/") + rest);

  it("the full form parses to the same name", () => {
    fc.assert(
      fc.property(valid, (text) => {
        const name = parseNamedReference(text);
        assert.deepEqual(parseNamedReference(formatReference(name)), name);
        assert.equal(formatReference(name).startsWith(repositoryName(name)), true);
      }),
    );
  });

  it("the familiar form parses to the same name, unless its first element looks like a host", () => {
    const undotted = valid.filter((text) => !/^[^/]*docker\.io\/[^/]*\./.test(text));
    fc.assert(
      fc.property(undotted, (text) => {
        const name = parseNamedReference(text);
        assert.deepEqual(parseNamedReference(familiarReference(name)), name);
      }),
    );
    assert.equal(familiarReference(parseNamedReference("docker.io/a.b/c")), "a.b/c");
  });

  it("whatever the text, it parses or is refused with a CountersignError", () => {
    const nearly = fc.string({
      unit: fc.constantFrom(..."aB0./:@-_é\n", "sha256:", "docker.io/", "localhost/"),
    });
    fc.assert(
      fc.property(nearly, (text) => {
        try {
          const name = parseNamedReference(text);
          assert.deepEqual(parseNamedReference(formatReference(name)), name);
        } catch (error) {
          assert.ok(error instanceof CountersignError && error.code === "REFERENCE_INVALID");
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe("parseReference", () => {
  const rows: ReadonlyArray<readonly [text: string, domain: string, path: string, isQualified: boolean]> = [
    ["busybox", "", "busybox", false],
    ["library/busybox", "library", "busybox", false],
    ["Library/busybox", "Library", "busybox", false],
    ["docker.io/busybox", "docker.io", "busybox", true],
    ["index.docker.io/busybox", "index.docker.io", "busybox", true],
    ["localhost/app", "localhost", "app", true],
    ["localhost", "", "localhost", false],
    ["quay.io", "", "quay.io", false],
    ["host:5000/app", "host:5000", "app", true],
    ["host:5000", "", "host", false],
    ["a_b.c/d", "", "a_b.c/d", false],
    ["a".repeat(64), "", "a".repeat(64), false],
  ];
  for (const [text, domain, path, qualified] of rows) {
    it(`takes ${text} as it is written`, () => {
      const name = parseReference(text);
      assert.deepEqual([name.domain, name.path], [domain, path]);
      assert.equal(isQualified(name), qualified);
    });
  }

  it("keeps tag and digest", () => {
    const { tag, digest: kept } = parseReference(`busybox:1.36${digest}`);
    assert.deepEqual([tag, kept], ["1.36", sha256]);
  });

  it("refuses nothing at all in the reference's words", () =>
    assert.throws(() => parseReference(""), {
      code: "REFERENCE_INVALID",
      message: "repository name must have at least one component",
    }));
});
