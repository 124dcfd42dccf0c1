import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CountersignError, type ErrorCode } from "@countersign/engine/values/error";
import fc from "fast-check";
import { denialStatus, errorStatus, statusText } from "./rpc-status.ts";

describe("a denial", () => {
  it("is UNKNOWN and begins with what the kubelet looks for", () =>
    assert.deepEqual(
      denialStatus("Source image rejected: A signature was required, but no signature exists"),
      {
        code: 2,
        message:
          "SignatureValidationFailed: Source image rejected: A signature was required, but no signature exists",
      },
    ));
});

describe("an inability to decide", () => {
  const rows: readonly (readonly [why: string, code: ErrorCode, message: string])[] = [
    [
      "names the outage when the registry cannot be reached",
      "REGISTRY_UNREACHABLE",
      "RegistryUnavailable: why",
    ],
    ["names the outage when the registry is too slow", "DEADLINE_EXCEEDED", "RegistryUnavailable: why"],
    ["shows a broken policy in kubectl", "POLICY_INVALID", "SignatureValidationFailed: why"],
    ["shows an unreadable policy in kubectl", "POLICY_UNREADABLE", "SignatureValidationFailed: why"],
    ["shows a missing policy in kubectl", "POLICY_NOT_FOUND", "SignatureValidationFailed: why"],
    ["shows a namespace that is none", "NAMESPACE_INVALID", "SignatureValidationFailed: why"],
    ["shows a tag that does not stay", "TAG_MOVED", "SignatureValidationFailed: why"],
    ["shows no fault of the image while its tag is pulled", "TAG_MOVING", "why"],
    ["leaves ErrImagePull to an image that does not exist", "REGISTRY_NOT_FOUND", "why"],
    ["leaves ErrImagePull to wrong credentials", "REGISTRY_DENIED", "why"],
  ];
  for (const [why, code, message] of rows)
    it(why, () => assert.deepEqual(errorStatus(new CountersignError(code, "why")), { code: 2, message }));

  it("is CANCELLED when the caller is gone", () =>
    assert.equal(errorStatus(new CountersignError("CANCELLED", "gone")).code, 1));
});

describe("statusText", () => {
  const rows: readonly (readonly [why: string, text: string, expected: string])[] = [
    ["keeps plain text", 'invalid policy in "/etc/p.json": é 中', 'invalid policy in "/etc/p.json": é 中'],
    ["makes one line of several", "a\r\nb\n\tc", "a b c"],
    ["takes out what steers a terminal", "a\u001b[31mb\u009bc\u0000", "a [31mb c"],
    ["takes out what reorders text", "a\u202eb\u2066c\u200bd", "a b c d"],
    ["mends half a surrogate pair", "a\ud800b", "a\ufffdb"],
  ];
  for (const [why, text, expected] of rows) it(why, () => assert.equal(statusText(text), expected));

  it("cuts between characters and says that it cut", () => {
    const cut = statusText("語".repeat(1000));
    assert.match(cut, /^語+ …$/);
    assert.ok(Buffer.byteLength(cut) <= 896);
  });

  it("is bounded, one line, stable and settled for any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 3000 }), (text) => {
        const once = statusText(text);
        assert.ok(Buffer.byteLength(once) <= 896);
        assert.doesNotMatch(once, /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
        assert.equal(once, statusText(text));
        assert.equal(once, statusText(once));
        assert.ok(once.isWellFormed());
      }),
    );
  });
});
