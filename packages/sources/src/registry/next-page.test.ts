import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { nextPage } from "./next-page.ts";

const next = (link: string | string[] | undefined): string | undefined =>
  nextPage(
    {
      type: "answer",
      url: new URL("https://r.example/v2/a/referrers/sha256:1"),
      status: 200,
      statusText: "",
      headers: link === undefined ? {} : { link },
      body: new Uint8Array(),
    },
    "/referrers/sha256:1",
  );

describe("nextPage gives the query of", () => {
  const rows: readonly (readonly [what: string, link: string | string[], query: string])[] = [
    ["a path", `</v2/a/referrers/sha256:1?last=x>; rel="next"`, "?last=x"],
    ["a query alone", `<?last=x>; rel="next"`, "?last=x"],
    ["an address", `<https://r.example/v2/a/referrers/sha256:1?n=1&last=x>; rel=next`, "?n=1&last=x"],
    ["an address behind a proxy", `<http://backend:5000/x/v2/b/a/referrers/sha256:1?t=1>;rel="next"`, "?t=1"],
    ["a path with %3A", `</v2/a/referrers/sha256%3A1?last=x>; rel="next"`, "?last=x"],
    ["a link with commas and semicolons", `</v2/a/referrers/sha256:1?l=a,b;c>; x=y; rel="next"`, "?l=a,b;c"],
    ["the second link", `<?l=0>; rel="prev", <?l=2>; rel="next"`, "?l=2"],
    ["the second header", [`<?l=0>; rel="prev"`, `<?l=2>; rel="next"`], "?l=2"],
    ["one of several relations", `<?l=2>; REL="last NEXT"`, "?l=2"],
  ];
  for (const [what, link, query] of rows) it(what, () => assert.equal(next(link), query));
});

describe("nextPage gives nothing for", () => {
  const rows: readonly (readonly [what: string, link: string | undefined])[] = [
    ["no link", undefined],
    ["an empty one", ""],
    ["other relations", `<?l=1>; rel="prev"`],
    ["no relation", "<?l=1>"],
    ["a relation that only contains the word", `<?l=1>; rel="nextish"`],
  ];
  for (const [what, link] of rows) it(what, () => assert.equal(next(link), undefined));
});

describe("nextPage refuses", () => {
  const rows: readonly (readonly [what: string, link: string])[] = [
    ["another path", `</v2/a/manifests/x?l=1>; rel="next"`],
    ["another manifest's list", `</v2/a/referrers/sha256:2?l=1>; rel="next"`],
    ["the first page again", `</v2/a/referrers/sha256:1>; rel="next"`],
    ["no address", `<http://[>; rel="next"`],
  ];
  for (const [what, link] of rows) {
    it(what, () => assert.throws(() => next(link), { code: "REGISTRY_ANSWER_INVALID" }));
  }
});
