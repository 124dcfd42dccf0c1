import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  type AlternativeName,
  type ExtensionProfile,
  issuerV1,
  issuerV2,
} from "@countersign/testkit/signing-kit/certificate-profile";
import { signEd25519ph } from "@countersign/testkit/signing-kit/ed25519ph";
import { createSigningKey, type KeyKind } from "@countersign/testkit/signing-kit/signing-key";
import { bundleBytes, bundleJson } from "@countersign/testkit/signing-kit/sigstore/bundle-json";
import type { CertificateSigner } from "@countersign/testkit/signing-kit/sigstore/bundle-signer";
import { hashedrekord, hashedrekordV2 } from "@countersign/testkit/signing-kit/sigstore/entry-body";
import type { LogEntryJson } from "@countersign/testkit/signing-kit/sigstore/log-entry-json";
import { signMessage } from "@countersign/testkit/signing-kit/sigstore/made-signature";
import { createPocketSigstore } from "@countersign/testkit/signing-kit/sigstore/pocket-sigstore";
import { createTimestampAuthority } from "@countersign/testkit/signing-kit/sigstore/timestamp-authority";
import {
  type TrustedRootProfile,
  trustedRootJson,
} from "@countersign/testkit/signing-kit/sigstore/trusted-root-json";
import { certificateWork } from "../certificate-work.ts";
import { encodeDer, encodeOid } from "../der-write.ts";
import { rsaPublicKey } from "../public-key.ts";
import { parsePublicKeyPem } from "../public-key-pem.ts";
import { parseBundle } from "./parse-bundle.ts";
import { parseTrustedRoot } from "./parse-trusted-root.ts";
import { preAuthEncoding } from "./signed-data.ts";
import type { SignedEntity } from "./signed-entity.ts";
import type { Demands } from "./verified-entity.ts";
import { verifyEntity } from "./verify-entity.ts";

const nobody = {
  certificateAuthorities: [],
  transparencyLogs: [],
  certificateLogs: [],
  timestampAuthorities: [],
};
const nothing = { logs: 0, timestamps: 0, scts: 0, now: 1_700_000_000 };

type HashName = "sha256" | "sha384" | "sha512";

function keyOf(kind: KeyKind, name = "release") {
  return parsePublicKeyPem(Buffer.from(createSigningKey(name, kind).publicKeyPem));
}

function envelope(
  kind: KeyKind,
  options: Parameters<ReturnType<typeof createSigningKey>["sign"]>[1] = {},
): SignedEntity {
  const unsigned = { payloadType: "application/vnd.in-toto+json", payload: Buffer.from("{}") };
  const signature = createSigningKey("release", kind).sign(preAuthEncoding(unsigned), options);
  return {
    content: { type: "envelope", ...unsigned, signature, keyId: "", stored: undefined },
    signer: { type: "key", hint: "" },
    logEntries: [],
    timestamps: [],
    format: "bundle 0.3",
  };
}

function verifiesWith(entity: SignedEntity, kind: KeyKind, hashAlgorithm?: HashName, name?: string) {
  const key = keyOf(kind, name);
  const signer = { type: "key", keys: [keyOf("p256", "another"), key], hashAlgorithm } as const;
  const verified = verifyEntity(
    entity,
    { signer, trust: nobody, demands: nothing, artifact: undefined },
    certificateWork(),
  );
  assert.deepEqual(verified.signer, { type: "key", key });
}

describe("an envelope by a key is verified", () => {
  const rows: ReadonlyArray<readonly [kind: KeyKind, hash: HashName, padding?: "pss"]> = [
    ["p256", "sha256"],
    ["p384", "sha384"],
    ["p384", "sha256"],
    ["p521", "sha512"],
    ["p521", "sha256"],
    ["rsa2048", "sha256"],
    ["rsa2048", "sha256", "pss"],
    ["ed25519", "sha256"],
  ];
  for (const [kind, hash, padding = "pkcs1"] of rows) {
    it(`${kind} with ${hash} ${padding}`, () => verifiesWith(envelope(kind, { hash, padding }), kind));
  }
  for (const kind of ["p256", "rsa2048"] as const) {
    it(`${kind} with sha512, which only who asks for it gets`, () => {
      const signed = envelope(kind, { hash: "sha512" });
      verifiesWith(signed, kind, "sha512");
      assert.throws(() => verifiesWith(signed, kind), {
        message: "the signature is not of the expected key",
      });
    });
  }
});

describe("an envelope by a key is refused", () => {
  const whole = envelope("p256");
  const content = whole.content as SignedEntity["content"] & { type: "envelope" };
  const refused: ReadonlyArray<readonly [why: string, entity: SignedEntity]> = [
    ["with another payload", { ...whole, content: { ...content, payload: Buffer.from("{} ") } }],
    ["with another payload type", { ...whole, content: { ...content, payloadType: "text/plain" } }],
    ["with another signature", { ...whole, content: { ...content, signature: Buffer.alloc(70) } }],
    ["with an empty signature", { ...whole, content: { ...content, signature: Buffer.alloc(0) } }],
    ["with a certificate", { ...whole, signer: { type: "certificate", leaf: Buffer.alloc(0), chain: [] } }],
  ];
  for (const [why, entity] of refused) {
    it(why, () => assert.throws(() => verifiesWith(entity, "p256"), { code: "SIGNATURE_INVALID" }));
  }
  it("with a signature of its digest, as Ed25519 signs artifacts", () => {
    const signature = signEd25519ph(createSigningKey("release", "ed25519"), preAuthEncoding(content));
    const entity = { ...whole, content: { ...content, signature } };
    assert.throws(() => verifiesWith(entity, "ed25519"), {
      message: "the signature is not of the expected key",
    });
  });
  it("of another key", () =>
    assert.throws(() => verifiesWith(whole, "p256", undefined, "stranger"), { code: "SIGNATURE_INVALID" }));
});

describe("whoever pushes signatures that do not verify", () => {
  const work = (signer: Parameters<typeof verifyEntity>[1]["signer"], entity: SignedEntity): number => {
    let spent = 0;
    const count = {
      spend(units: number) {
        spent += units;
      },
    };
    const question = { signer, trust: nobody, demands: nothing, artifact: undefined };
    assert.throws(() => verifyEntity(entity, question, count), { code: "SIGNATURE_INVALID" });
    return spent;
  };

  it("pays for each key that they are held against", () => {
    const keys = Array.from({ length: 100 }, (_, at) => keyOf("p256", `key ${at}`));
    const [first, ...others] = keys;
    assert.ok(first !== undefined);
    const signer = { type: "key", keys: [first, ...others], hashAlgorithm: undefined } as const;
    assert.ok(work(signer, envelope("p256")) >= 25);
  });
  it("pays for the slow keys of their certificates", () => {
    const modulus = Buffer.concat([Buffer.of(0), Buffer.alloc(2048, 0xff)]);
    const { spki } = rsaPublicKey(modulus, 0x7fffffffn);
    const { leaf } = createPocketSigstore().certify({ profile: { spki } });
    const unsigned = {
      ...envelope("p256"),
      signer: { type: "certificate", leaf: leaf.der, chain: [] },
    } as const;
    assert.ok(work({ type: "certificate" }, unsigned) >= 16);
  });
});

describe("of who vouches for a signature,", () => {
  const sigstore = createPocketSigstore();
  const { rekor, rekorTiles, timestampAuthority, now, trust: trusted } = sigstore;
  const artifact = Buffer.from("artifact");
  const signer = sigstore.certify();
  const made = signMessage(signer.leaf.key, artifact);
  const stamp = (time = now) => timestampAuthority.stamp(made.signature, time);
  const entry = (time = now) => rekor.add(hashedrekord(made, signer), { integratedTime: time });

  function ask(
    parts: {
      logEntries?: readonly LogEntryJson[];
      timestamps?: readonly Uint8Array[];
      by?: CertificateSigner;
    },
    demands: Partial<Demands>,
    trust: Partial<TrustedRootProfile> = {},
  ) {
    const { logEntries = [], timestamps = [], by = signer } = parts;
    const json = bundleJson({ version: "0.2", made, signer: by, logEntries, timestamps });
    return verifyEntity(
      parseBundle(bundleBytes(json)),
      {
        signer: { type: "certificate" },
        trust: parseTrustedRoot(trustedRootJson({ ...trusted, ...trust })),
        demands: { ...nothing, now, ...demands },
        artifact: { type: "bytes", bytes: artifact },
      },
      certificateWork(),
    );
  }

  describe("enough are", () => {
    it("a log", () => {
      const { logs, times } = ask({ logEntries: [entry()] }, { logs: 1 });
      assert.deepEqual([logs, times], [1, [{ source: "log", seconds: now }]]);
    });
    it("two logs", () => {
      const logEntries = [entry(), rekorTiles.add(hashedrekordV2(made, signer))];
      assert.equal(ask({ logEntries }, { logs: 2 }).logs, 2);
    });
    it("a timestamp authority", () => {
      const { times } = ask({ timestamps: [stamp()] }, { timestamps: 1 });
      assert.deepEqual(times, [{ source: "timestamp authority", seconds: now }]);
    });
    it("two timestamp authorities", () => {
      const other = createTimestampAuthority({ name: "other", now });
      const timestamps = [stamp(), other.stamp(made.signature, now)];
      const timestampAuthorities = [timestampAuthority.trust, other.trust];
      assert.equal(ask({ timestamps }, { timestamps: 2 }, { timestampAuthorities }).times.length, 2);
    });
    it("a log whose key is valid no longer, and was when an authority saw the signature", () => {
      const logEntries = [rekorTiles.add(hashedrekordV2(made, signer))];
      const transparencyLogs = [{ ...rekorTiles.trust, to: now + 30 }];
      const later = { logs: 1, now: now + 60 };
      assert.equal(ask({ logEntries, timestamps: [stamp()] }, later, { transparencyLogs }).logs, 1);
    });
    it("a log, where nobody asks for promises of certificate logs, and one of them is false", () => {
      const { trust: stranger } = createPocketSigstore(now, "stranger");
      const certificateLogs = trusted.certificateLogs.map((log, at) => ({
        ...log,
        key: stranger.certificateLogs[at]?.key ?? log.key,
      }));
      assert.equal(ask({ logEntries: [entry()] }, { logs: 1 }, { certificateLogs }).logs, 1);
      assert.throws(() => ask({ logEntries: [entry()] }, { logs: 1, scts: 1 }, { certificateLogs }), {
        message: /SCT 1: its signature does not verify/,
      });
    });
    it("a certificate log", () => assert.equal(ask({ logEntries: [entry()] }, { logs: 1, scts: 1 }).logs, 1));
    it("nobody, where nobody is demanded and the certificate is valid now", () =>
      assert.deepEqual(ask({}, {}).times, [{ source: "clock", seconds: now }]));
  });

  it("one timestamp authority that a root lists for two periods is not enough for two", () => {
    const { uri } = timestampAuthority.trust;
    const renewed = createTimestampAuthority({ name: "renewed", now });
    const timestamps = [stamp(), renewed.stamp(made.signature, now)];
    const timestampAuthorities = [timestampAuthority.trust, { ...renewed.trust, uri }];
    assert.throws(
      () => ask({ timestamps }, { timestamps: 2 }, { timestampAuthorities }),
      /^CountersignError: 1 trusted authorities saw the signature, 2 are demanded/,
    );
  });

  describe("not enough are", () => {
    const rows: ReadonlyArray<
      readonly [who: string, parts: Parameters<typeof ask>[0], demands: Partial<Demands>, says: RegExp]
    > = [
      [
        "nobody, where a log is demanded",
        {},
        { logs: 1 },
        /^0 trusted logs took the signature, 1 are demanded/,
      ],
      [
        "two entries of one log for two logs",
        { logEntries: [entry(), entry()] },
        { logs: 2 },
        /^1 trusted logs/,
      ],
      [
        "an entry twice",
        { logEntries: Array(2).fill(entry()) },
        { logs: 1 },
        /^log entry 2: it is there twice/,
      ],
      [
        "two timestamps of one authority for two",
        { timestamps: [stamp(), stamp(now + 1)] },
        { timestamps: 2 },
        /^1 trusted authorities saw the signature, 2 are demanded/,
      ],
      [
        "a timestamp twice",
        { timestamps: Array(2).fill(stamp()) },
        { timestamps: 1 },
        /^timestamp 2: it is there twice/,
      ],
      [
        "a timestamp of another signature",
        { timestamps: [timestampAuthority.stamp(artifact, now)] },
        { timestamps: 1 },
        /0 trusted authorities .* \(timestamp 1: it is of another signature\)/,
      ],
      [
        "more certificate logs than there are",
        { logEntries: [entry()] },
        { logs: 1, scts: 2 },
        /1 trusted certificate logs promise to show it, 2 are demanded/,
      ],
      [
        "a log that does not say when",
        { logEntries: [rekorTiles.add(hashedrekordV2(made, signer))] },
        { logs: 1 },
        /nobody who is trusted says when it was signed/,
      ],
      ["nobody, once the certificate has expired", {}, { now: now + 3600 }, /certificate has expired/],
      [
        "a log, where a timestamp says that it was later",
        { logEntries: [entry()], timestamps: [stamp(now + 3600)] },
        { logs: 1 },
        /certificate has expired/,
      ],
      [
        "a timestamp, where a log says that it was later",
        { logEntries: [entry(now + 3600)], timestamps: [stamp()] },
        { logs: 1 },
        /certificate has expired/,
      ],
    ];
    for (const [who, parts, demands, message] of rows) {
      it(who, () => assert.throws(() => ask(parts, demands), { code: "SIGNATURE_INVALID", message }));
    }

    it("a certificate log that nobody trusts", () =>
      assert.throws(() => ask({ logEntries: [entry()] }, { logs: 1, scts: 1 }, { certificateLogs: [] }), {
        message: /0 trusted certificate logs/,
      }));
    it("a log whose key was valid no longer by what the second of two timestamps says", () => {
      const other = createTimestampAuthority({ name: "other", now });
      const timestamps = [stamp(), other.stamp(made.signature, now + 60)];
      const logEntries = [rekorTiles.add(hashedrekordV2(made, signer))];
      const trust = {
        timestampAuthorities: [timestampAuthority.trust, other.trust],
        transparencyLogs: [{ ...rekorTiles.trust, to: now + 30 }],
      };
      assert.throws(() => ask({ logEntries, timestamps }, { logs: 1 }, trust), {
        message: /^log entry 1: its log's key is not valid at its time/,
      });
    });
    it("a log that a trusted root knows by another id than its key gives", () => {
      const logEntries = [rekorTiles.add(hashedrekordV2(made, signer))];
      const transparencyLogs = [{ ...rekorTiles.trust, id: Buffer.alloc(32, 1) }];
      assert.throws(() => ask({ logEntries, timestamps: [stamp()] }, { logs: 1 }, { transparencyLogs }), {
        message: "0 trusted logs took the signature, 1 are demanded",
      });
    });
    it("a log that neither promises nor proves", () => {
      const json = bundleJson({ version: "0.2", made, signer, logEntries: [entry()], timestamps: [] });
      const { logEntries, ...entity } = parseBundle(bundleBytes(json));
      const bare = logEntries.map((one) => ({ ...one, promise: undefined, proof: undefined }));
      const question = {
        signer: { type: "certificate" },
        trust: parseTrustedRoot(trustedRootJson(trusted)),
        demands: { ...nothing, now, logs: 1 },
        artifact: { type: "bytes", bytes: artifact },
      } as const;
      assert.throws(() => verifyEntity({ ...entity, logEntries: bare }, question, certificateWork()), {
        message: "log entry 1: it has neither promise nor proof",
      });
    });
    it("a log whose key was valid no longer when it was signed, by what a timestamp says", () => {
      const logEntries = [rekorTiles.add(hashedrekordV2(made, signer))];
      const transparencyLogs = [{ ...rekorTiles.trust, to: now - 1 }];
      assert.throws(() => ask({ logEntries, timestamps: [stamp()] }, { logs: 1 }, { transparencyLogs }), {
        message: /^log entry 1: its log's key is not valid at its time/,
      });
    });
  });

  describe("a certificate is", () => {
    const { root, intermediate } = sigstore.fulcio.authority;
    const onlyRoot = {
      certificateAuthorities: [{ uri: "https://ca.example", chain: [root.der], from: now - 10 }],
    };
    it("believed by an intermediate that came along", () => {
      ask({ by: { ...signer, chain: [intermediate.der] } }, {}, onlyRoot);
    });
    it("not believed without it", () =>
      assert.throws(() => ask({}, {}, onlyRoot), { message: /signed by unknown authority/ }));
    it("not believed by a root that came along", () => {
      const stranger = createPocketSigstore(now, "stranger");
      const by = stranger.certify();
      const chain = [stranger.fulcio.authority.intermediate.der, stranger.fulcio.authority.root.der];
      assert.throws(() => ask({ by: { ...signer, leaf: { ...by.leaf }, chain } }, {}), {
        code: "SIGNATURE_INVALID",
      });
    });
    it("not believed where nobody is trusted", () =>
      assert.throws(() => ask({}, {}, { certificateAuthorities: [] }), {
        message: /there is no authority to trust/,
      }));
    it("not believed before its authority is trusted", () => {
      const certificateAuthorities = [
        { uri: "https://ca.example", chain: [intermediate.der, root.der], from: now + 1 },
      ];
      assert.throws(() => ask({}, {}, { certificateAuthorities }), {
        message: "certificate: https://ca.example is not trusted at 2026-01-01T00:00:00Z",
      });
    });
    it("believed by the second of two authorities of one name", () => {
      const chain = [intermediate.der, root.der];
      const before = { uri: "https://ca.example", chain, to: now - 1 };
      ask({}, {}, { certificateAuthorities: [before, { ...before, from: now, to: now }] });
    });
  });

  it("as many as come, no more work is done than is allowed", () => {
    const logEntries = Array.from({ length: 30 }, () => entry());
    const json = bundleJson({ version: "0.2", made, signer, logEntries, timestamps: [] });
    const question = {
      signer: { type: "certificate" },
      trust: parseTrustedRoot(sigstore.trustedRoot),
      demands: { ...nothing, now },
      artifact: { type: "bytes", bytes: artifact },
    } as const;
    assert.throws(() => verifyEntity(parseBundle(bundleBytes(json)), question, certificateWork(20)), {
      code: "TOO_LARGE",
    });
  });
});

describe("the names of a certificate are", () => {
  const sigstore = createPocketSigstore();
  const username = (tag: number, text: string) =>
    Buffer.concat([encodeOid("1.3.6.1.4.1.57264.1.7"), encodeDer(0xa0, encodeDer(tag, Buffer.from(text)))]);
  const namesOf = (names: readonly AlternativeName[]) => {
    const signer = sigstore.certify({ names });
    const made = signMessage(signer.leaf.key, Buffer.from("artifact"));
    const { signer: verified } = verifyEntity(
      parseBundle(bundleBytes(sigstore.bundle(made, signer))),
      {
        signer: { type: "certificate" },
        trust: parseTrustedRoot(sigstore.trustedRoot),
        demands: { ...nothing, logs: 1, scts: 1 },
        artifact: { type: "bytes", bytes: Buffer.from("artifact") },
      },
      certificateWork(),
    );
    assert.ok(verified.type === "certificate");
    return verified.names.map(({ type, value }) => `${type} ${value}`);
  };
  const rows: ReadonlyArray<
    readonly [what: string, names: readonly AlternativeName[], read: readonly string[]]
  > = [
    ["a URI", [["uri", "https://ci.example/x@y"]], ["uri https://ci.example/x@y"]],
    ["an e-mail address", [["email", "dev@example.com"]], ["email dev@example.com"]],
    ["a host", [["dns", "host.example"]], ["dns host.example"]],
    ["an IPv4 address", [["ip", Buffer.of(192, 0, 2, 1)]], ["ip 192.0.2.1"]],
    ["an IPv6 address", [["ip", Buffer.from("20010db8000000000000000000000001", "hex")]], ["ip 2001:db8::1"]],
    ["Fulcio's other name", [["other", username(0x0c, "dev!example.com")]], ["otherName dev!example.com"]],
    [
      "all of them, in their order",
      [
        ["email", "a@example.com"],
        ["uri", "https://b.example"],
      ],
      ["email a@example.com", "uri https://b.example"],
    ],
    [
      "none of other kinds",
      [
        ["other", Buffer.concat([encodeOid("1.2.3"), encodeDer(0xa0, encodeDer(0x0c))])],
        ["email", "a@example.com"],
      ],
      ["email a@example.com"],
    ],
  ];
  for (const [what, names, read] of rows) it(what, () => assert.deepEqual(namesOf(names), read));

  it("not read of a malformed other name", () =>
    assert.throws(() => namesOf([["other", username(0x16, "dev")]]), {
      message: /its other name is malformed/,
    }));
});

describe("the issuer of a certificate is", () => {
  const sigstore = createPocketSigstore();
  const issuerOf = (issuerExtensions: readonly ExtensionProfile[]) => {
    const signer = sigstore.certify({ issuerExtensions });
    const made = signMessage(signer.leaf.key, Buffer.from("artifact"));
    const { signer: verified } = verifyEntity(
      parseBundle(bundleBytes(sigstore.bundle(made, signer))),
      {
        signer: { type: "certificate" },
        trust: parseTrustedRoot(sigstore.trustedRoot),
        demands: { ...nothing, logs: 1, scts: 1 },
        artifact: { type: "bytes", bytes: Buffer.from("artifact") },
      },
      certificateWork(),
    );
    assert.ok(verified.type === "certificate");
    return verified.issuer;
  };
  it("that of the old extension", () => assert.equal(issuerOf([issuerV1("https://a")]), "https://a"));
  it("that of the new one", () => assert.equal(issuerOf([issuerV2("https://a")]), "https://a"));
  it("that of both, which must agree", () => {
    assert.equal(issuerOf([issuerV1("https://a"), issuerV2("https://a")]), "https://a");
    assert.throws(() => issuerOf([issuerV1("https://a"), issuerV2("https://b")]), {
      message: /^certificate: inconsistent OIDC issuer extension values/,
    });
  });
  it("nobody, where it names none", () => assert.equal(issuerOf([]), undefined));
});
