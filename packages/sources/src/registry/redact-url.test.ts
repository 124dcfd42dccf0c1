import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { redactUrl } from "./redact-url.ts";

describe("redactUrl", () => {
  const rows: readonly (readonly [what: string, url: string, expected: string])[] = [
    ["keeps an address", "https://h:5000/v2/a/manifests/v1", "https://h:5000/v2/a/manifests/v1"],
    [
      "keeps service and scope",
      "https://h/t?scope=repository%3Aa%3Apull&service=s",
      "https://h/t?scope=repository%3Aa%3Apull&service=s",
    ],
    ["hides a password", "https://u:s3cret@h/", "https://u:xxxxx@h/"],
    [
      "hides a signed address",
      "https://h/b?X-Amz-Signature=s3cret&X-Amz-Date=1",
      "https://h/b?X-Amz-Signature=REDACTED&X-Amz-Date=REDACTED",
    ],
    ["hides each of several", "https://h/b?sig=s3cret&sig=s3cret", "https://h/b?sig=REDACTED"],
    ["hides who asks", "https://h/t?account=me", "https://h/t?account=REDACTED"],
  ];
  for (const [what, url, expected] of rows) it(what, () => assert.equal(redactUrl(new URL(url)), expected));
});
