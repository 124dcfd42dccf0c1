import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { parseBundle } from "./parse-bundle.ts";

const base64 = (text: string) => Buffer.from(text).toString("base64");

const entry = {
  logIndex: "7",
  logId: { keyId: base64("log") },
  kindVersion: { kind: "hashedrekord", version: "0.0.1" },
  integratedTime: "1700000000",
  inclusionPromise: { signedEntryTimestamp: base64("set") },
  inclusionProof: {
    logIndex: "5",
    rootHash: base64("root"),
    treeSize: "6",
    hashes: [base64("hash")],
    checkpoint: { envelope: "log\n6\n" },
  },
  canonicalizedBody: base64("{}"),
};

const valid = {
  mediaType: "application/vnd.dev.sigstore.bundle.v0.3+json",
  verificationMaterial: {
    certificate: { rawBytes: base64("certificate") },
    tlogEntries: [entry],
    timestampVerificationData: { rfc3161Timestamps: [{ signedTimestamp: base64("stamp") }] },
  },
  dsseEnvelope: {
    payload: base64("payload"),
    payloadType: "application/vnd.in-toto+json",
    signatures: [{ sig: base64("signature"), keyid: "" }],
  },
};

const messageSignature = {
  messageDigest: { algorithm: "SHA2_256", digest: base64("digest") },
  signature: base64("signature"),
};

const parse = (bundle: unknown) => parseBundle(Buffer.from(JSON.stringify(bundle)));

/** `valid` with the member at a path replaced; undefined takes it away. */
function changed(path: string, value: unknown): unknown {
  const copy = structuredClone(valid);
  const steps = path.split(".");
  const last = steps.pop() ?? "";
  const parent = steps.reduce<Record<string, unknown>>(
    (at, step) => at[step] as Record<string, unknown>,
    copy,
  );
  parent[last] = value;
  return copy;
}

describe("parseBundle reads", () => {
  it("a statement with everything around it", () => {
    const text = (bytes: Uint8Array | undefined) => bytes && Buffer.from(bytes).toString();
    const { content, signer, logEntries, timestamps, format } = parse(valid);
    assert.equal(format, "bundle 0.3");
    assert.ok(content.type === "envelope" && signer.type === "certificate");
    assert.deepEqual(
      [content.payloadType, text(content.payload), text(content.signature), content.stored],
      ["application/vnd.in-toto+json", "payload", "signature", undefined],
    );
    assert.deepEqual([text(signer.leaf), signer.chain], ["certificate", []]);
    assert.deepEqual(timestamps.map(text), ["stamp"]);
    const [read] = logEntries;
    assert.deepEqual(
      [
        text(read?.logId),
        read?.logIndex,
        read?.kind,
        read?.version,
        read?.integratedTime,
        text(read?.promise),
      ],
      ["log", 7n, "hashedrekord", "0.0.1", 1_700_000_000n, "set"],
    );
    const { proof } = read ?? {};
    assert.deepEqual(
      [proof?.logIndex, proof?.treeSize, text(proof?.rootHash), proof?.hashes.map(text), proof?.checkpoint],
      [5n, 6n, "root", ["hash"], "log\n6\n"],
    );
  });

  it("a message signature by a key", () => {
    const { content, signer } = parse({
      mediaType: "application/vnd.dev.sigstore.bundle+json;version=0.3",
      verificationMaterial: { publicKey: { hint: "release" } },
      messageSignature,
    });
    assert.deepEqual(signer, { type: "key", hint: "release" });
    assert.ok(content.type === "message");
    assert.equal(content.digest?.algorithm, "sha256");
  });

  it("numbers that protobuf leaves out as 0, and null as absent", () => {
    const { logIndex, integratedTime, inclusionPromise, ...rest } = entry;
    const bundle = changed("verificationMaterial.tlogEntries", [{ ...rest, inclusionPromise: null }]);
    const [read] = parse(bundle).logEntries;
    assert.deepEqual([read?.logIndex, read?.integratedTime, read?.promise], [0n, 0n, undefined]);
  });

  it("integers as numbers too, none of their digits lost", () => {
    const text = JSON.stringify(valid).replace('"7"', "9223372036854775807");
    const [read] = parseBundle(Buffer.from(text)).logEntries;
    assert.equal(read?.logIndex, 9223372036854775807n);
  });

  const chain = {
    x509CertificateChain: { certificates: [{ rawBytes: base64("leaf") }, { rawBytes: base64("ca") }] },
  };
  for (const version of ["0.1", "0.2"]) {
    it(`a chain in version ${version}`, () => {
      const { signer } = parse({
        ...valid,
        mediaType: `application/vnd.dev.sigstore.bundle+json;version=${version}`,
        verificationMaterial: { ...chain, tlogEntries: [entry] },
      });
      assert.ok(signer.type === "certificate");
      assert.equal(signer.chain.length, 1);
    });
  }

  it("a proof without checkpoint in version 0.1 as none", () => {
    const { checkpoint, ...proof } = entry.inclusionProof;
    const { logEntries } = parse({
      ...valid,
      mediaType: "application/vnd.dev.sigstore.bundle+json;version=0.1",
      verificationMaterial: { ...chain, tlogEntries: [{ ...entry, inclusionProof: proof }] },
    });
    assert.equal(logEntries[0]?.proof, undefined);
  });
});

describe("parseBundle refuses", () => {
  const material = "verificationMaterial";
  const first = `${material}.tlogEntries.0`;
  const v01 = "application/vnd.dev.sigstore.bundle+json;version=0.1";
  const refused: ReadonlyArray<readonly [why: string, bundle: unknown, says: RegExp]> = [
    [
      "a version of the future",
      changed("mediaType", "application/vnd.dev.sigstore.bundle.v0.4+json"),
      /^bundle: mediaType: .* is not known/,
    ],
    ["no media type", changed("mediaType", undefined), /mediaType is missing/],
    ["what is no object", [valid], /JSON object expected/],
    ["no material", changed(material, undefined), /verificationMaterial is missing/],
    ["nobody who signed", changed(`${material}.certificate`, undefined), /one of certificate, .* not 0/],
    ["two who signed", changed(`${material}.publicKey`, { hint: "" }), /one of certificate, .* not 2/],
    [
      "a chain in version 0.3",
      { ...valid, [material]: { x509CertificateChain: { certificates: [{ rawBytes: "" }] } } },
      /version 0.3 has a certificate/,
    ],
    [
      "an empty chain",
      { ...valid, mediaType: v01, [material]: { x509CertificateChain: { certificates: [] } } },
      /there is no certificate/,
    ],
    [
      "a chain of hundreds",
      {
        ...valid,
        mediaType: v01,
        [material]: { x509CertificateChain: { certificates: Array(17).fill({ rawBytes: "" }) } },
      },
      /17 items, 16 are allowed/,
    ],
    ["a certificate without bytes", changed(`${material}.certificate`, {}), /rawBytes is missing/],
    [
      "a huge certificate",
      changed(`${material}.certificate.rawBytes`, "A".repeat(50_000)),
      /certificate.rawBytes: over 32768 bytes/,
    ],
    [
      "neither message nor envelope",
      changed("dsseEnvelope", undefined),
      /messageSignature or dsseEnvelope is missing/,
    ],
    ["message and envelope", changed("messageSignature", messageSignature), /are both there/],
    [
      "a digest by an unknown algorithm",
      {
        ...(changed("dsseEnvelope", undefined) as object),
        messageSignature: { ...messageSignature, messageDigest: { algorithm: "MD5", digest: "" } },
      },
      /one of SHA2_256, /,
    ],
    ["no signature in the envelope", changed("dsseEnvelope.signatures", []), /one is expected, not 0/],
    [
      "two signatures in the envelope",
      changed("dsseEnvelope.signatures", [{ sig: "" }, { sig: "" }]),
      /one is expected, not 2/,
    ],
    [
      "base64 that is none",
      changed("dsseEnvelope.signatures.0.sig", "c2ln!"),
      /sig: illegal base64 data at input byte 4/,
    ],
    ["base64 of the other alphabet", changed("dsseEnvelope.payload", "-_-_"), /payload: illegal base64/],
    ["a member that nobody knows", changed("certificate", {}), /Unknown key "certificate"/],
    ["a negative index", changed(`${first}.logIndex`, "-1"), /tlogEntries\[0\].logIndex: -1 is negative/],
    ["an index with a fraction", changed(`${first}.logIndex`, "1.5"), /64 bits/],
    ["an index of 65 bits", changed(`${first}.logIndex`, "18446744073709551616"), /64 bits/],
    ["a leading zero", changed(`${first}.logIndex`, "07"), /64 bits/],
    ["an entry without proof", changed(`${first}.inclusionProof`, undefined), /inclusionProof is missing/],
    [
      "a proof without checkpoint",
      changed(`${first}.inclusionProof.checkpoint`, undefined),
      /checkpoint.envelope is missing/,
    ],
    ["an entry without a log", changed(`${first}.logId`, undefined), /logId.keyId is missing/],
    ["an entry without kind", changed(`${first}.kindVersion`, {}), /kindVersion.kind is missing/],
    [
      "an entry without body",
      changed(`${first}.canonicalizedBody`, undefined),
      /canonicalizedBody is missing/,
    ],
    [
      "a proof longer than any tree is high",
      changed(`${first}.inclusionProof.hashes`, Array(65).fill("")),
      /65 items, 64 are allowed/,
    ],
    [
      "version 0.1 without promise",
      { ...(changed(`${first}.inclusionPromise`, undefined) as object), mediaType: v01 },
      /inclusionPromise is missing/,
    ],
    [
      "more entries than anybody needs",
      changed(`${material}.tlogEntries`, Array(33).fill(entry)),
      /33 items, 32 are allowed/,
    ],
    [
      "more timestamps than anybody needs",
      changed(
        `${material}.timestampVerificationData.rfc3161Timestamps`,
        Array(33).fill({ signedTimestamp: "" }),
      ),
      /33 items/,
    ],
  ];
  for (const [why, bundle, message] of refused) {
    it(why, () => assert.throws(() => parse(bundle), { code: "SIGNATURE_INVALID", message }));
  }

  it("a member that comes twice", () => {
    const text = JSON.stringify(valid).replace('{"payload"', '{"payload":"","payload"');
    assert.throws(() => parseBundle(Buffer.from(text)), { message: /Duplicate key "payload"/ });
  });

  it("whatever a stranger called a member, in a reason that fits on a screen", () => {
    const bundle = { ...valid, ["k".repeat(1_000_000)]: 5 };
    assert.throws(() => parse(bundle), { code: "SIGNATURE_INVALID", message: /^.{1000,8191}…$/ });
  });

  it("texts made of escapes, each of which takes as long as hundreds of plain characters", () => {
    const payload = "\\n".repeat(100_000);
    const text = JSON.stringify(valid).replace('{"payload":"', `{"payload":"${payload}`);
    assert.throws(() => parseBundle(Buffer.from(text)), { message: /characters that are escaped/ });
  });
  it("no text whose slashes are escaped, as some writers of JSON do", () => {
    const text = JSON.stringify({ ...valid, mediaType: valid.mediaType }).replaceAll("/", "\\/");
    assert.deepEqual(parseBundle(Buffer.from(text)), parse(valid));
  });

  it("more values than fit into memory, before it makes them", () => {
    assert.throws(() => parseBundle(Buffer.from(`[${"0,".repeat(1_000_000)}0]`)), {
      message: /more than 10000 values/,
    });
  });

  it("a hundred megabytes, unread", () => {
    assert.throws(() => parseBundle(Buffer.alloc(100 * 1024 * 1024, "x")), { message: /are allowed/ });
  });

  it("whatever else, by no other error", () => {
    const text = JSON.stringify(valid);
    fc.assert(
      fc.property(fc.nat(text.length), fc.nat(40), fc.string({ maxLength: 8 }), (at, length, instead) => {
        try {
          parseBundle(Buffer.from(text.slice(0, at) + instead + text.slice(at + length)));
        } catch (caught) {
          assert.equal((caught as { code?: string }).code, "SIGNATURE_INVALID");
        }
      }),
    );
  });
});
