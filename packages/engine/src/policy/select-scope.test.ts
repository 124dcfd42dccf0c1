import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseDockerImage } from "../values/located-image.ts";
import { parsePolicy } from "./parse-policy.ts";
import { policySubject } from "./policy-subject.ts";
import { selectScope } from "./select-scope.ts";

const sha256 = `sha256:${"0".repeat(64)}`;

describe("selectScope", () => {
  /** Requirements that tell which scope they are of. */
  const of = (scope: string) => [
    {
      type: "signedBaseLayer",
      baseLayerIdentity: { type: "remapIdentity", prefix: scope, signedPrefix: "x" },
    },
  ];
  const policyWith = (...scopes: readonly string[]) =>
    parsePolicy(
      Buffer.from(
        JSON.stringify({
          default: [{ type: "reject" }],
          transports: {
            docker: Object.fromEntries(scopes.map((scope, index) => [scope, of(`s${index}`)])),
            atomic: { "": of("atomic") },
          },
        }),
      ),
      "test",
    );
  const select = (image: string, ...scopes: readonly string[]) =>
    selectScope(policyWith(...scopes), policySubject(parseDockerImage(image)));

  const rows: ReadonlyArray<
    readonly [what: string, image: string, scopes: readonly string[], scope: string | undefined]
  > = [
    ["prefers the image itself", "ex.com/a:t", ["", "ex.com", "ex.com/a", "ex.com/a:t"], "ex.com/a:t"],
    [
      "prefers the repository to its parents",
      "ex.com/a/b:t",
      ["ex.com", "ex.com/a", "ex.com/a/b"],
      "ex.com/a/b",
    ],
    ["prefers the host to a wildcard", "h.ex.com/a:t", ["*.ex.com", "h.ex.com"], "h.ex.com"],
    ["prefers the narrower wildcard", "h.ex.com/a:t", ["*.com", "*.ex.com"], "*.ex.com"],
    ["prefers a wildcard to the transport's default", "h.ex.com/a:t", ["", "*.com"], "*.com"],
    ["prefers the transport's default to the policy's", "h.ex.com/a:t", [""], ""],
    ["falls back to the policy's default", "h.ex.com/a:t", [], undefined],
    ["knows no wildcard for the domain itself", "ex.com/a:t", ["*.ex.com"], undefined],
    ["drops the port before wildcards", "h.ex.com:8443/a:t", ["*.ex.com"], "*.ex.com"],
    ["knows no wildcard with a port", "h.ex.com:8443/a:t", ["*.ex.com:8443"], undefined],
    ["takes no host for that host on another port", "ex.com:8443/a:t", ["ex.com", "ex.com/a"], undefined],
    ["takes no longer name for a parent", "ex.com/ab:t", ["ex.com/a"], undefined],
    ["takes no tag for another", "ex.com/a:t", ["ex.com/a:latest"], undefined],
    ["adds :latest to the image, not to the scope", "ex.com/a", ["ex.com/a:latest"], "ex.com/a:latest"],
    [
      "compares scopes as they are written, short or not",
      "busybox",
      ["busybox", "library/busybox"],
      undefined,
    ],
    [
      "knows Docker Hub by its full name",
      "busybox",
      ["docker.io/library/busybox"],
      "docker.io/library/busybox",
    ],
    ["minds case", "ex.com/a:t", ["EX.com/a"], undefined],
    [
      "takes an image by digest for no tag",
      `ex.com/a@${sha256}`,
      ["ex.com/a:latest", "ex.com/a"],
      "ex.com/a",
    ],
    ["finds names that objects inherit", "ex.com/a:t", ["constructor", "__proto__"], undefined],
  ];
  for (const [what, image, scopes, expected] of rows) {
    it(what, () => {
      const selection = select(image, ...scopes);
      const { scope, transport } = selection;
      assert.deepEqual({ scope, transport }, { scope: expected, transport: "docker" });
      const policy = policyWith(...scopes);
      const requirements = scope === undefined ? policy.default : policy.transports.get("docker")?.get(scope);
      assert.deepEqual(selection.requirements, requirements);
    });
  }

  it("tells what it looked for in vain", () => {
    assert.deepEqual(select("ex.com/a:t", "ex.com").tried, ["ex.com/a:t", "ex.com/a"]);
    assert.deepEqual(select("ex.com/a:t").tried, ["ex.com/a:t", "ex.com/a", "ex.com", "*.com", ""]);
  });

  it("looks in no other transport's section", () => {
    assert.equal(select("ex.com/a:t").scope, undefined);
  });
});
