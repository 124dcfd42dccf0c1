import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createFulcio } from "@countersign/testkit/signing-kit/fulcio";
import { keyParty } from "../testing/signing-site.ts";
import { renewedParty } from "./renewed-party.ts";

const { signal } = new AbortController();

describe("renewedParty", () => {
  it("signs with one certificate until shortly before it expires", async () => {
    let now = Date.UTC(2026, 0, 1);
    let asked = 0;
    const party = renewedParty(
      async () => {
        asked++;
        const seconds = now / 1000;
        const fulcio = createFulcio({ name: "fulcio", now: seconds });
        const { der } = fulcio.issue({ profile: { notBefore: seconds, notAfter: seconds + 600 } });
        return { ...keyParty("k"), certificate: { leaf: der, chain: [] } };
      },
      () => now,
    );
    const first = await party(signal);
    now += 479_000;
    assert.equal(await party(signal), first);
    now += 1_000;
    assert.notEqual(await party(signal), first);
    assert.equal(asked, 2);
  });
});
