import assert from "node:assert/strict";
import { createPublicKey } from "node:crypto";
import { describe, it } from "node:test";
import { createSigningKey } from "@countersign/testkit/signing-kit/signing-key";
import { createPocketSigstore } from "@countersign/testkit/signing-kit/sigstore/pocket-sigstore";
import { trustedRootJson } from "@countersign/testkit/signing-kit/sigstore/trusted-root-json";
import fc from "fast-check";
import { bareTrustedRoot } from "./bare-trust.ts";
import { parseTrustedRoot } from "./parse-trusted-root.ts";

const { trust, now, trustedRoot, fulcio, timestampAuthority, rekor } = createPocketSigstore();
const valid = JSON.parse(Buffer.from(trustedRoot).toString());
const parse = (json: unknown) => parseTrustedRoot(Buffer.from(JSON.stringify(json)));

/** `valid` with the member at a path replaced; undefined takes it away. */
function changed(path: string, value: unknown): unknown {
  const copy = structuredClone(valid);
  const steps = path.split(".");
  const last = steps.pop() ?? "";
  const parent = steps.reduce((at, step) => at[step], copy);
  parent[last] = value;
  return copy;
}

describe("parseTrustedRoot", () => {
  it("reads authorities and logs, with their windows", () => {
    const root = parse(valid);
    const [log] = root.transparencyLogs;
    assert.equal(log?.origin, rekor.host);
    assert.deepEqual(Buffer.from(log?.id ?? []), Buffer.from(rekor.id));
    assert.deepEqual(log?.window, { from: now - 365 * 24 * 3600, to: undefined });
    const [ca] = root.certificateAuthorities;
    assert.deepEqual(
      [ca?.roots.bySubject.size, ca?.intermediates.bySubject.size, ca?.leaf],
      [1, 1, undefined],
    );
    const [tsa] = root.timestampAuthorities;
    assert.deepEqual(Buffer.from(tsa?.leaf ?? []), Buffer.from(timestampAuthority.leaf.der));
    assert.equal(tsa?.intermediates.bySubject.size, 0);
    assert.equal(root.certificateLogs.length, 1);
  });

  it("is remembered by content", () => assert.equal(parse(valid), parse(valid)));

  it("reads times to the millisecond, in any zone", () => {
    const path = "certificateAuthorities.0.validFor";
    const [ca] = parse(
      changed(path, { start: "2022-12-31T23:59:59.999Z", end: "2023-01-01T01:00:00+01:00" }),
    ).certificateAuthorities;
    assert.deepEqual(ca?.window, { from: 1_672_531_199.999, to: 1_672_531_200 });
  });

  it("reads an authority whose root alone is there, and no times", () => {
    const only = { certificates: valid.certificateAuthorities[0].certChain.certificates.slice(1) };
    const [ca] = parse(changed("certificateAuthorities.0", { certChain: only })).certificateAuthorities;
    assert.deepEqual(
      [ca?.intermediates.bySubject.size, ca?.uri, ca?.window],
      [0, "", { from: undefined, to: undefined }],
    );
  });

  it("reads keys of all kinds", () => {
    for (const kind of ["p256", "p384", "p521", "rsa2048", "ed25519"] as const) {
      const key = createSigningKey("log", kind);
      const log = { baseUrl: "https://log.example", key, id: Buffer.alloc(32), from: now };
      const [read] = parseTrustedRoot(
        trustedRootJson({ ...trust, transparencyLogs: [log] }),
      ).transparencyLogs;
      assert.deepEqual(Buffer.from(read?.key.spki ?? []), Buffer.from(key.spki));
    }
  });

  it("reads an RSA key of PKCS #1", () => {
    const key = createSigningKey("log", "rsa2048");
    const rawKey = createPublicKey(key.privateKey).export({ format: "der", type: "pkcs1" });
    const log = {
      baseUrl: "https://log.example",
      key,
      id: Buffer.alloc(32),
      from: now,
      keyDetails: "PKCS1_RSA_PKCS1V5",
      rawKey,
    };
    const [read] = parseTrustedRoot(trustedRootJson({ ...trust, certificateLogs: [log] })).certificateLogs;
    assert.equal(read?.key.type, "rsa");
  });

  const future: ReadonlyArray<readonly [member: string, value: string, why: RegExp]> = [
    [
      "tlogs.0.publicKey.keyDetails",
      "ML_DSA_65",
      /is left out, as its key is ML_DSA_65, which is not known here$/,
    ],
    ["tlogs.0.hashAlgorithm", "SHA3_256", /is left out, as its hashes are SHA3_256, and not SHA2_256$/],
    ["tlogs.0.hashAlgorithm", "SHA2_384", /is left out, as its hashes are SHA2_384, and not SHA2_256$/],
    ["tlogs.0.hashAlgorithm", "SHA2_512", /is left out, as its hashes are SHA2_512, and not SHA2_256$/],
  ];
  for (const [member, value, why] of future) {
    it(`leaves out a log with ${value}, and tells it`, () => {
      const { transparencyLogs, leftOut } = parse(changed(member, value));
      assert.equal(transparencyLogs.length, 1);
      assert.deepEqual(
        leftOut.map(({ path }) => path),
        ["tlogs[0]"],
      );
      assert.match(leftOut[0]?.message ?? "", /^the log "https?:/);
      assert.match(leftOut[0]?.message ?? "", why);
    });
  }

  it("leaves out nothing else", () => assert.deepEqual(parse(valid).leftOut, []));
});

describe("parseTrustedRoot refuses", () => {
  const refused: ReadonlyArray<readonly [why: string, json: unknown, says: RegExp]> = [
    ["what is no object", [], /^trusted root: JSON object expected/],
    ["another media type", changed("mediaType", "application/json"), /mediaType: .* is not known/],
    [
      "a bundle",
      { mediaType: "application/vnd.dev.sigstore.bundle.v0.3+json" },
      /mediaType: .* is not known/,
    ],
    ["no media type", changed("mediaType", undefined), /mediaType is missing/],
    ["a member that nobody knows", changed("more", 1), /Unknown key "more"/],
    ["a log's member that nobody knows", changed("tlogs.0.revoked", true), /tlogs\[0\].revoked: Unknown key/],
    ["a log without a key", changed("tlogs.0.publicKey", undefined), /tlogs\[0\].publicKey is missing/],
    [
      "a log without a kind of key",
      changed("tlogs.0.publicKey.keyDetails", undefined),
      /keyDetails is missing/,
    ],
    [
      "a log whose key is none",
      changed("tlogs.0.publicKey.rawBytes", "AAAA"),
      /tlogs\[0\].publicKey.rawBytes: /,
    ],
    [
      "a log without a beginning",
      changed("tlogs.0.publicKey.validFor", undefined),
      /validFor.start is missing/,
    ],
    [
      "a certificate log without a beginning",
      changed("ctlogs.0.publicKey.validFor", {}),
      /ctlogs\[0\].*validFor.start is missing/,
    ],
    [
      "a log that begins on no day",
      changed("tlogs.0.publicKey.validFor.start", "2026-02-30T00:00:00Z"),
      /a time as/,
    ],
    [
      "a log that begins at no hour",
      changed("tlogs.0.publicKey.validFor.start", "2026-02-01T25:00:00Z"),
      /a time as/,
    ],
    [
      "a log that begins on a day of nowhere",
      changed("tlogs.0.publicKey.validFor.start", "2026-02-01T00:00:00"),
      /a time as/,
    ],
    ["a log without id", changed("tlogs.0.logId", undefined), /logId.keyId is missing/],
    ["a log without an address", changed("tlogs.0.baseUrl", undefined), /baseUrl is missing/],
    ["a log whose address names no host", changed("tlogs.0.baseUrl", "rekor"), /is no URL with a host/],
    [
      "an authority without certificates",
      changed("certificateAuthorities.0.certChain.certificates", []),
      /there is none/,
    ],
    [
      "an authority whose certificate is none",
      changed("certificateAuthorities.0.certChain.certificates.0.rawBytes", "AAAA"),
      /certificateAuthorities\[0\].certChain.certificates\[0\]: x509/,
    ],
    ["more logs than anybody keeps", changed("tlogs", Array(65).fill({})), /65 items, 64 are allowed/],
  ];
  for (const [why, json, message] of refused) {
    it(why, () => assert.throws(() => parse(json), { code: "TRUST_MATERIAL_INVALID", message }));
  }

  it("whatever else, by no other error", () => {
    const text = JSON.stringify(valid);
    fc.assert(
      fc.property(fc.nat(text.length), fc.nat(40), fc.string({ maxLength: 8 }), (at, length, instead) => {
        try {
          parseTrustedRoot(Buffer.from(text.slice(0, at) + instead + text.slice(at + length)));
        } catch (caught) {
          assert.equal((caught as { code?: string }).code, "TRUST_MATERIAL_INVALID");
        }
      }),
    );
  });
});

describe("bareTrustedRoot", () => {
  it("trusts a CA and log keys without end", () => {
    const root = bareTrustedRoot({
      ca: Buffer.from(fulcio.caPem),
      rekorKeys: [Buffer.from(rekor.key.publicKeyPem)],
    });
    const always = { from: undefined, to: undefined };
    assert.deepEqual(
      root.certificateAuthorities.map(({ window }) => window),
      [always],
    );
    assert.deepEqual(
      root.transparencyLogs.map(({ window, origin }) => ({ window, origin })),
      [{ window: always, origin: undefined }],
    );
    assert.deepEqual([root.certificateLogs, root.timestampAuthorities], [[], []]);
  });

  it("may do without a CA", () =>
    assert.deepEqual(bareTrustedRoot({ ca: undefined, rekorKeys: [] }).certificateAuthorities, []));

  it("refuses a CA and a key that are none", () => {
    const bad = Buffer.from("x");
    assert.throws(() => bareTrustedRoot({ ca: bad, rekorKeys: [] }), {
      code: "TRUST_MATERIAL_INVALID",
      message: "error loading Fulcio CA certificates",
    });
    assert.throws(() => bareTrustedRoot({ ca: undefined, rekorKeys: [bad] }), {
      code: "TRUST_MATERIAL_INVALID",
      message: /^parsing Rekor public key 1: /,
    });
  });
});
