import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { answers, corrupts, type Fault, hangs, resets, sendsAs } from "@countersign/testkit/registry/faults";
import { answer } from "@countersign/testkit/registry/registry-answer";
import { api, brief, bundle, indexType, none, withAttachedImage } from "../testing/attached-image.ts";

describe("what cannot be known is an error, and never means unsigned:", () => {
  const rows: readonly (readonly [what: string, request: RegExp, fault: Fault, code: string])[] = [
    ["a list of referrers that is refused", /referrers/, answers(answer(403)), "REGISTRY_DENIED"],
    ["a list of referrers that fails", /referrers/, answers(answer(500)), "REGISTRY_UNREACHABLE"],
    ["a list of referrers that breaks off", /referrers/, resets(), "REGISTRY_UNREACHABLE"],
    [
      "a list of referrers that is none",
      /referrers/,
      answers(answer(200, { "content-type": indexType }, "[]")),
      "REGISTRY_ANSWER_INVALID",
    ],
    [
      "a list of referrers that goes on somewhere else",
      /referrers/,
      answers(
        answer(200, { "content-type": indexType, link: `<http://evil.example/x?y>; rel="next"` }, "{}"),
      ),
      "REGISTRY_ANSWER_INVALID",
    ],
    ["a referrer's manifest that fails", /manifests\/sha256:/, answers(answer(500)), "REGISTRY_UNREACHABLE"],
    ["a referrer's manifest that is changed", /manifests\/sha256:/, corrupts(), "MANIFEST_DIGEST_MISMATCH"],
    ["a bundle that fails", /blobs/, answers(answer(502)), "REGISTRY_UNREACHABLE"],
    ["a bundle that is changed", /blobs/, corrupts(), "REGISTRY_ANSWER_INVALID"],
    ["old signatures that fail", /\.sig/, answers(answer(500)), "REGISTRY_UNREACHABLE"],
    ["old signatures that are refused", /\.sig/, answers(answer(401)), "REGISTRY_DENIED"],
  ];
  for (const [what, request, fault, code] of rows) {
    it(what, () =>
      withAttachedImage(api, async ({ registry, subject, ask }) => {
        registry.attachReferrer("team/app", subject, bundle("good"));
        registry.fail(request, fault);
        await assert.rejects(ask(), { code });
      }),
    );
  }

  it("a list of referrers that ends in the middle", () =>
    withAttachedImage({ type: "api", pageSize: 1 }, async ({ registry, subject, ask }) => {
      for (const text of ["1", "2"]) registry.attachReferrer("team/app", subject, bundle(text));
      registry.fail(/referrers.*last=/, sendsAs("text/html"));
      await assert.rejects(ask(), { code: "REGISTRY_ANSWER_INVALID" });
      registry.heal();
      assert.equal((await ask()).length, 2);
    }));

  it("a list of referrers that goes round in circles ends", () =>
    withAttachedImage(api, async ({ registry, subject, ask, asked }) => {
      registry.attachReferrer("team/app", subject, bundle("b"));
      const link = `</v2/team/app/referrers/${subject}?last=x>; rel="next"`;
      registry.fail(/referrers/, answers(answer(200, { "content-type": indexType, link }, "{}")));
      assert.deepEqual(brief(await ask()), [
        "unreadable: its list of referrers goes on after 0; what follows is not read",
      ]);
      assert.equal(asked().filter((path) => path.startsWith("referrers/")).length, 100);
    }));

  it("a list under the tag that fails", () =>
    withAttachedImage(none, async ({ registry, subject, ask }) => {
      registry.fail(new RegExp(`manifests/${subject.replace(":", "-")}$`), answers(answer(500)));
      await assert.rejects(ask(), { code: "REGISTRY_UNREACHABLE" });
    }));

  it("a question that nobody waits for any more", () =>
    withAttachedImage(api, async ({ ask }) => {
      await assert.rejects(ask({}, AbortSignal.abort()), { code: "CANCELLED" });
    }));

  it("a question whose time is over while a registry says nothing", () =>
    withAttachedImage(api, async ({ registry, ask }) => {
      const caller = new AbortController();
      const asking = ask({}, caller.signal);
      registry.fail(/referrers/, hangs());
      setImmediate(() => caller.abort());
      await assert.rejects(asking, { code: "CANCELLED" });
    }));
});
