import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { lintHints } from "./lint-hints.ts";
import { parsePolicy } from "./parse-policy.ts";

function hintsFor(transport: string, scope: string): readonly string[] {
  const text = JSON.stringify({
    default: [{ type: "reject" }],
    transports: { [transport]: { [scope]: [{ type: "reject" }] } },
  });
  return lintHints(parsePolicy(Buffer.from(text), "policy.json")).map(({ message }) => message);
}

describe("lint finds dead scopes:", () => {
  const dead: ReadonlyArray<readonly [scope: string, remedy: RegExp]> = [
    ["busybox", /write "docker.io\/library\/busybox"/],
    ["team/app", /write "docker.io\/team\/app"/],
    ["index.docker.io", /write "docker.io"/],
    ["index.docker.io/team/app", /write "docker.io\/team\/app"/],
    ["https://quay.io/team", /write "quay.io\/team"/],
    ["docker://quay.io/team", /write "quay.io\/team"/],
    ["quay.io/team/", /write "quay.io\/team"/],
    ["quay.io/Team", /must be lowercase/],
    ["*.example.com:5000", /write "\*.example.com"/],
    ["*.example.com/team", /write "\*.example.com"/],
    ["*", /only in front of a host name/],
    ["registry.*.com", /only in front of a host name/],
    ["*.*.com", /only one leading/],
    [`quay.io/app:v1@sha256:${"a".repeat(64)}`, /by tag or by digest, not both/],
  ];
  for (const [scope, remedy] of dead) {
    it(scope, () => {
      const [hint = "", ...more] = hintsFor("docker", scope);
      assert.match(hint, /can never match/);
      assert.match(hint, remedy);
      assert.deepEqual(more, []);
    });
  }

  it("a transport that does not exist", () =>
    assert.match(hintsFor("dokcer", "")[0] ?? "", /no such transport/));
});

describe("lint says nothing of", () => {
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
    `quay.io/team/app@sha256:${"a".repeat(64)}`,
    "*.example.com",
  ];
  for (const scope of alive) it(JSON.stringify(scope), () => assert.deepEqual(hintsFor("docker", scope), []));
});
