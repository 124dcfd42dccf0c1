import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseEndpoint } from "./runtime-endpoint.ts";

describe("parseEndpoint takes", () => {
  for (const text of ["unix:///run/containerd/containerd.sock", "/run/containerd/containerd.sock"]) {
    it(text, () =>
      assert.deepEqual(parseEndpoint(text), {
        path: "/run/containerd/containerd.sock",
        url: "unix:///run/containerd/containerd.sock",
      }),
    );
  }
});

describe("parseEndpoint refuses", () => {
  const refused: readonly (readonly [why: string, text: string])[] = [
    ["nothing", ""],
    ["a scheme alone", "unix://"],
    ["a relative path", "run/cri.sock"],
    ["a relative path with the scheme", "unix://run/cri.sock"],
    ["a directory", "/run/"],
    ["another scheme", "tcp://127.0.0.1:1234"],
    ["a path that ends early for the kernel", "/run/cri.sock\0.old"],
    ["a path that no unix socket can have", `/${"x".repeat(107)}`],
  ];
  for (const [why, text] of refused) {
    it(why, () => assert.throws(() => parseEndpoint(text), { code: "CONFIG_INVALID" }));
  }

  it("no path of 107 bytes, the longest there is", () => {
    assert.equal(parseEndpoint(`/${"x".repeat(106)}`).path.length, 107);
  });
});
