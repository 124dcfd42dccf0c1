import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { parseImageReference } from "../../values/image-reference.ts";
import { dockerImage } from "../../values/located-image.ts";
import { policySubject } from "../policy-subject.ts";
import { deadScope } from "./scope-spelling.ts";

const digest = `sha256:${"a".repeat(64)}`;

describe("deadScope finds", () => {
  const dead: ReadonlyArray<
    readonly [what: string, scope: string, why: RegExp, instead: string | undefined]
  > = [
    ["an official image's short name", "busybox", /full form/, "docker.io/library/busybox"],
    ["the same with a tag", "busybox:1.36", /full form/, "docker.io/library/busybox:1.36"],
    ["the same with only its host", "docker.io/busybox:1", /full form/, "docker.io/library/busybox:1"],
    ["where official images are, without the host", "library", /full form/, "docker.io/library"],
    ["another image of Docker Hub by its short name", "team/app", /full form/, "docker.io/team/app"],
    ["a host without a dot, which is none", "registry/app", /full form/, "docker.io/registry/app"],
    ["Docker Hub's old host", "index.docker.io", /docker\.io/, "docker.io"],
    ["a name on Docker Hub's old host", "index.docker.io/team/app", /docker\.io/, "docker.io/team/app"],
    ["a scheme", "https://quay.io/team", /no scheme/, "quay.io/team"],
    ["a transport", "docker://quay.io/team", /no scheme/, "quay.io/team"],
    ["two faults at once", " docker://busybox/ ", /blanks/, "docker.io/library/busybox"],
    ["a slash at the end", "quay.io/team/", /without a slash/, "quay.io/team"],
    ["a blank at the end", "quay.io/team ", /no blanks/, "quay.io/team"],
    ["capitals in a path", "quay.io/Team/App:V1", /must be lowercase/, "quay.io/team/app:V1"],
    ["capitals in a short name", "BusyBox", /must be lowercase/, "docker.io/library/busybox"],
    ["a * below a path", "quay.io/team/*", /without a \*/, "quay.io/team"],
    ["a * below a host", "quay.io/*", /without a \*/, "quay.io"],
    ["a * for every tag", "quay.io/team/app:*", /every tag/, "quay.io/team/app"],
    ["a * for some tags", "quay.io/team/app:v1.*", /every tag/, "quay.io/team/app"],
    ["a * for everything", "*", /""/, ""],
    ["a wildcard with a port", "*.example.com:5000", /without the port/, "*.example.com"],
    ["a wildcard with a path", "*.example.com/team", /without a path/, "*.example.com"],
    ["a wildcard without its dot", "*example.com", /in front of a host/, "*.example.com"],
    ["a wildcard in the middle", "registry.*.com", /in front of a host/, undefined],
    ["two wildcards", "*.*.com", /in front of a host/, undefined],
    ["a wildcard of no host", "*.", /in front of a host/, undefined],
    ["tag and digest together", `quay.io/app:v1@${digest}`, /not both/, `quay.io/app@${digest}`],
    ["a pattern", "^quay.io/.+$", /invalid reference format/, undefined],
    ["a slash alone", "/", /without a slash/, undefined],
    ["a scheme alone", "docker://", /no scheme/, undefined],
    ["more schemes than the stack has room for", "docker://".repeat(10_000), /so long a name/, undefined],
  ];
  for (const [what, scope, why, instead] of dead) {
    it(`${what}: ${scope.slice(0, 100)}`, () => {
      const found = deadScope(scope);
      assert.match(found?.why ?? "", why);
      assert.equal(found?.instead, instead);
    });
  }
});

describe("deadScope lets pass", () => {
  const alive = [
    "",
    "docker.io",
    "docker.io/library",
    "docker.io/library/busybox",
    "docker.io/team",
    "localhost",
    "localhost:5000",
    "127.0.0.1:5000/a/b",
    "registry:5000/app",
    "quay.io",
    "quay.io/team/app:v1",
    `quay.io/team/app@${digest}`,
    "*.example.com",
    "*.com",
  ];
  for (const scope of alive) it(JSON.stringify(scope), () => assert.equal(deadScope(scope), undefined));
});

describe("for any image", () => {
  const label = fc.stringMatching(/^[a-zA-Z0-9]+(-[a-z0-9]+)?$/);
  const host = fc
    .tuple(fc.array(label, { minLength: 2, maxLength: 4 }), fc.constantFrom("", ":5000", ":443"))
    .map(([labels, port]) => labels.join(".") + port);
  const path = fc
    .array(fc.stringMatching(/^[a-z0-9]+([._-][a-z0-9]+)?$/), { minLength: 1, maxLength: 4 })
    .map((elements) => elements.join("/"));
  const version = fc.constantFrom("", ":v1", ":Latest_2", `@${digest}`);
  const name = fc.oneof(
    fc.tuple(host, path, version).map(([host, path, version]) => `${host}/${path}${version}`),
    fc.tuple(path, version).map(([path, version]) => `${path}${version}`),
    fc.tuple(path, version).map(([path, version]) => `localhost:80/${path}${version}`),
  );

  it("no scope that it falls under is called dead", () => {
    fc.assert(
      fc.property(name, (name) => {
        const { scopes } = policySubject(dockerImage(parseImageReference(name)));
        assert.deepEqual(
          scopes.filter((scope) => deadScope(scope) !== undefined),
          [],
        );
      }),
    );
  });
});

describe("for any text", () => {
  const part = fc.constantFrom(
    "a",
    "B",
    ".",
    "/",
    ":",
    "@",
    "*",
    " ",
    "-",
    "docker.io",
    "https://",
    "5000",
    digest,
  );
  const text = fc.oneof(
    fc.string(),
    fc.array(part, { maxLength: 8 }).map((parts) => parts.join("")),
  );

  it("what is proposed instead is alive, and something else", () => {
    fc.assert(
      fc.property(text, (scope) => {
        const instead = deadScope(scope)?.instead;
        if (instead === undefined) return;
        assert.notEqual(instead, scope);
        assert.equal(deadScope(instead), undefined);
      }),
      { numRuns: 2000 },
    );
  });
});
