import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { userEnvironment } from "../environment.ts";
import { showLocation } from "./location.ts";
import { lookasideBase } from "./lookaside-base.ts";

const environment = (uid: number) => userEnvironment({}, { home: "/home/a%b", uid });
const base = (configured: string | undefined, uid = 0) =>
  lookasideBase(configured, "library/busybox", environment(uid));

describe("lookasideBase is", () => {
  it("root's directory where nothing is said", () =>
    assert.equal(base(undefined).path, "/var/lib/containers/sigstore/library/busybox"));

  it("the user's own for anybody else, whatever it is called", () =>
    assert.equal(base(undefined, 1000).path, "/home/a%b/.local/share/containers/sigstore/library/busybox"));

  it("below what is said", () =>
    assert.equal(showLocation(base("https://h/sigs/?a#b")), "https://h/sigs//library/busybox?a#b"));

  it("refused if that is no address", () => assert.throws(() => base("%"), { code: "CONFIG_INVALID" }));
});
