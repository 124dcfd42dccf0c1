import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createSigningKey } from "@countersign/testkit/signing-kit/signing-key";
import {
  type BundleProfile,
  bundleBytes,
  bundleJson,
} from "@countersign/testkit/signing-kit/sigstore/bundle-json";
import { type BundleSigner, keySigner } from "@countersign/testkit/signing-kit/sigstore/bundle-signer";
import { noteSigner, witness } from "@countersign/testkit/signing-kit/sigstore/checkpoint";
import {
  artifact,
  envelope,
  identity,
  issuer,
  message,
  now,
  otherArtifact,
  provenanceOf,
  rekor,
  rekorTiles,
  signer,
  sigstore,
  strangers,
  timestampAuthority,
  trust,
} from "@countersign/testkit/signing-kit/sigstore/conformance/conformance-case";
import {
  type BundleQuestion,
  loadBundleVerifier,
  verifyByEngine,
} from "@countersign/testkit/signing-kit/sigstore/engine-verifier";
import { dsse, hashedrekord, hashedrekordV2 } from "@countersign/testkit/signing-kit/sigstore/entry-body";
import { statement } from "@countersign/testkit/signing-kit/sigstore/in-toto-statement";
import {
  type LogEntryJson,
  withoutPromise,
  withProof,
} from "@countersign/testkit/signing-kit/sigstore/log-entry-json";
import {
  base64,
  type MadeSignature,
  signEnvelope,
  signMessage,
} from "@countersign/testkit/signing-kit/sigstore/made-signature";
import { leafHash } from "@countersign/testkit/signing-kit/sigstore/merkle-tree";
import { trustedRootJson } from "@countersign/testkit/signing-kit/sigstore/trusted-root-json";
import { type Weakening, weaken } from "@countersign/testkit/weakened/weakened-package";

/**
 * What an attacker may try. Each forgery passes a copy of the engine that lacks the check named with it, and the engine
 * as it is refuses it: by that check, and not because the forgery was a bad one.
 */
interface Forgery {
  readonly what: string;
  readonly question: BundleQuestion;
  /** the engine's words */
  readonly refusal: RegExp;
  readonly check: readonly Weakening[];
}

const verifyEntity = "signature/sigstore/verify-entity.ts";
const verifyLogEntries = "signature/sigstore/verify-log-entries.ts";
const verifyTimestamps = "signature/sigstore/verify-timestamps.ts";
const verifyCertificate = "signature/sigstore/verify-certificate.ts";

const year = 365 * 24 * 3600;

/** A bundle of the signer's certificate, over the artifact, asked about as usual, where nothing else is said. */
function asked(
  parts: Partial<BundleProfile>,
  changes: Partial<BundleQuestion> & { readonly key?: BundleSigner } = {},
): BundleQuestion {
  const { key, ...question } = changes;
  const by = key ?? signer;
  const made = parts.made ?? message(by);
  const profile = { version: "0.3", made, signer: by, logEntries: [], timestamps: [] } as const;
  return {
    bundle: bundleBytes(bundleJson({ ...profile, ...parts })),
    trustedRoot: sigstore.trustedRoot,
    artifact: { type: "bytes", bytes: artifact },
    signer:
      by.type === "key" ? { type: "key", key: by.key } : { type: "identity", subject: identity, issuer },
    now,
    ...question,
  };
}

const logged = (made: MadeSignature, by: BundleSigner = signer) => rekor.add(hashedrekord(made, by));
const loggedV2 = (made: MadeSignature, by: BundleSigner = signer) => rekorTiles.add(hashedrekordV2(made, by));
const stamp = (made: MadeSignature) => timestampAuthority.stamp(made.signature, now);

/** Signed long after the certificate expired, with its key, which leaked. */
const late = message();
const inTime = message(signer, otherArtifact);
const attacker = keySigner(createSigningKey("attacker"));
const release = keySigner(createSigningKey("release"));

const forgeries: readonly Forgery[] = [
  {
    what: "a swapped key: the attacker's signature under the hint of ours",
    question: asked({ made: message(attacker) }, { key: release, demands: { logs: 0 } }),
    refusal: /the signature is not of the expected key/,
    check: [
      {
        file: "signature/sigstore/verify-claim.ts",
        text: "keys.find((key) => isSignatureOf(key, content, data, hashAlgorithm, work))",
        instead: "keys[0]",
      },
    ],
  },
  {
    what: "a swapped certificate: a signature of the attacker's key beside somebody's certificate",
    question: asked(
      { made: message(attacker), logEntries: [logged(message(attacker))] },
      { demands: { logs: 0 } },
    ),
    refusal: /the signature is not of the certificate's key/,
    check: [
      {
        file: "signature/sigstore/verify-claim.ts",
        text: "if (!isSignatureOf(key, entity.content, data, undefined, work)) {",
        instead: "if (false) {",
      },
      {
        file: verifyLogEntries,
        text: "requireSameSignature(readLoggedSignature(entry), good);",
        instead: "",
      },
    ],
  },
  {
    what: "a key that leaked after its certificate expired, with the time of a genuine entry about something else",
    question: asked({ made: late, logEntries: [logged(inTime)] }, { now: now + year }),
    refusal: /log entry 1: it is about another signature/,
    check: [
      {
        file: verifyLogEntries,
        text: "requireSameSignature(readLoggedSignature(entry), good);",
        instead: "",
      },
    ],
  },
  {
    what: "the attacker's own entry: our signature, logged under a key of theirs",
    question: asked({ made: late, logEntries: [logged(late, attacker)] }),
    refusal: /log entry 1: it is about another certificate/,
    check: [
      {
        file: "signature/sigstore/require-same-signature.ts",
        text: "  requireSigner(logged, good);\n",
        instead: "",
      },
    ],
  },
  {
    what: "an expired certificate, with a time that its log did not promise",
    question: asked(
      { made: late, logEntries: [{ ...loggedV2(late), integratedTime: String(now) }] },
      { now: now + year },
    ),
    refusal: /nobody who is trusted says when it was signed/,
    check: [
      {
        file: verifyLogEntries,
        text: "promise === undefined ? undefined : Number(entry.integratedTime)",
        instead: "Number(entry.integratedTime)",
      },
    ],
  },
  {
    what: "an expired certificate, and nobody who says when",
    question: asked({ made: late, logEntries: [loggedV2(late)] }, { now: now + year }),
    refusal: /nobody who is trusted says when it was signed/,
    check: [
      {
        file: verifyEntity,
        text: "if (logs > 0 || timestamps > 0) refuse(",
        instead: `return { source: "clock", seconds: ${now} }; refuse(`,
      },
    ],
  },
  {
    what: "a replayed timestamp: genuine, of an older signature",
    question: asked(
      { made: late, logEntries: [loggedV2(late)], timestamps: [stamp(inTime)] },
      { now: now + year },
    ),
    refusal: /timestamp 1: it is of another signature/,
    check: [
      {
        file: verifyTimestamps,
        text: 'if (!stamped.some((bytes) => sameBytes(hash(imprint.algorithm, bytes, "buffer"), imprint.value))) {',
        instead: "if (false) {",
      },
    ],
  },
  {
    what: "a timestamp by an authority of the attacker's, sent along with its certificate",
    question: asked(
      {
        made: late,
        logEntries: [loggedV2(late)],
        timestamps: [strangers.timestampAuthority.stamp(late.signature, now, { withCertificate: true })],
      },
      { now: now + year },
    ),
    refusal: /timestamp 1: it is of no trusted authority/,
    check: [
      {
        file: verifyTimestamps,
        text: "  const trusted = rememberedCertificate(leaf);\n",
        instead: "  if (sent !== undefined) return sent;\n  const trusted = rememberedCertificate(leaf);\n",
      },
      {
        file: verifyTimestamps,
        text: "verifyChain(certificate, { roots, intermediates, seconds, work }, timeStamping)",
        instead: "certificate",
      },
    ],
  },
  {
    what: "two copies of one entry, where two logs are demanded",
    question: asked({ logEntries: doubled(logged(late)), made: late }, { demands: { logs: 2 } }),
    refusal: /log entry 2: it is there twice/,
    check: [{ file: verifyLogEntries, text: "  refuseDoubled(entries);\n", instead: "" }, countsEntries()],
  },
  {
    what: "a signature that one log took twice, where two logs are demanded",
    question: asked({ logEntries: [logged(late), logged(late)], made: late }, { demands: { logs: 2 } }),
    refusal: /1 trusted logs took the signature, 2 are demanded/,
    check: [countsEntries()],
  },
  {
    what: "an entry of a log that nobody trusts",
    question: asked({ made: late, logEntries: [strangers.rekor.add(hashedrekord(late, signer))] }),
    refusal: /0 trusted logs took the signature, 1 are demanded/,
    check: [
      {
        file: verifyLogEntries,
        text: "if (candidates.length === 0) return [];",
        instead:
          "if (candidates.length === 0) return [{ log: logs[0], time: Number(entry.integratedTime) }];",
      },
    ],
  },
  {
    what: "a trusted log's id over a promise of the attacker's",
    question: asked({
      made: late,
      logEntries: [rekor.add(hashedrekord(late, signer), { promiseKey: attacker.key })],
    }),
    refusal: /log entry 1: its promise does not verify/,
    check: [
      {
        file: verifyLogEntries,
        text: 'if (!isSignedBy(key, { type: "bytes", bytes }, promise, undefined)) refuse(',
        instead: "if (false) refuse(",
      },
    ],
  },
  {
    what: "a proof cut off to nothing: in a tree of one, of the attacker's making, beside a genuine checkpoint",
    question: asked({ made: late, logEntries: [inTreeOfOne()], timestamps: [stamp(late)] }),
    refusal: /log entry 1: inclusion proof: it is of a tree of 1, the checkpoint of one of/,
    check: [
      { file: verifyLogEntries, text: "if (checkpoint.size !== proof.treeSize) {", instead: "if (false) {" },
      {
        file: verifyLogEntries,
        text: "if (!sameBytes(checkpoint.rootHash, proof.rootHash)) {",
        instead: "if (false) {",
      },
      {
        file: verifyLogEntries,
        text: "rootOf(leafHash(entry.body), proof.logIndex, checkpoint.size, proof.hashes)",
        instead: "rootOf(leafHash(entry.body), proof.logIndex, proof.treeSize, proof.hashes)",
      },
      {
        file: verifyLogEntries,
        text: "if (root === undefined || !sameBytes(root, checkpoint.rootHash)) {",
        instead: "if (root === undefined || !sameBytes(root, proof.rootHash)) {",
      },
    ],
  },
  {
    what: "a checkpoint that only witnesses signed, of a tree of the attacker's",
    question: asked({
      made: late,
      logEntries: [rekorTiles.add(hashedrekordV2(late, signer), { noteSigners: [strangersWitness()] })],
      timestamps: [stamp(late)],
    }),
    refusal: /log entry 1: checkpoint: no signature is of the log's key/,
    check: [
      {
        file: "signature/sigstore/checkpoint.ts",
        text: "if (own.length === 0) refuse(",
        instead: "if (false) refuse(",
      },
    ],
  },
  {
    what: "a checkpoint of another log that the same key signs",
    question: asked({
      made: late,
      logEntries: [
        rekorTiles.add(hashedrekordV2(late, signer), {
          checkpoint: { origin: "test.log.example" },
          noteSigners: [noteSigner(rekorTiles.host, rekorTiles.key)],
        }),
      ],
      timestamps: [stamp(late)],
    }),
    refusal: /log entry 1: checkpoint: its origin is "test\.log\.example"/,
    check: [
      {
        file: "signature/sigstore/checkpoint.ts",
        text: "if (origin !== undefined && !isOrigin(checkpoint.origin, origin)) {",
        instead: "if (false) {",
      },
    ],
  },
  {
    what: "a promise of a key that the log used before, and lost",
    question: asked(
      { made: late, logEntries: [logged(late)] },
      {
        trustedRoot: trustedRootJson({
          ...trust,
          transparencyLogs: trust.transparencyLogs.map((log) => ({ ...log, to: now - 1 })),
        }),
      },
    ),
    refusal: /log entry 1: its log's key is not valid at its time/,
    check: [
      {
        file: verifyLogEntries,
        text: "times.every((time) => contains(window, time))",
        instead: "contains(window, 0) || true",
      },
    ],
  },
  {
    what: "a certificate of the attacker's own CA, whose root comes along",
    question: ownCa(),
    refusal: /certificate: /,
    check: [
      {
        file: verifyCertificate,
        text: "const pools = { roots, intermediates: joinPools(intermediates, sent) };",
        instead:
          "const pools = { roots: joinPools(roots, sent), intermediates: joinPools(intermediates, sent) };",
      },
      { file: verifyCertificate, text: "if (hasRoot && format !==", instead: "if (false && format !==" },
    ],
  },
  {
    what: "a certificate that no log shows",
    question: unshown([]),
    refusal: /certificate: 0 trusted certificate logs promise to show it, 1 are demanded/,
    check: [{ file: verifyCertificate, text: "if (found < scts) refuse(", instead: "if (false) refuse(" }],
  },
  {
    what: "a certificate that an unknown log promised to show",
    question: unshown([strangers.certificateLog]),
    refusal: /certificate: 0 trusted certificate logs promise to show it, 1 are demanded/,
    check: [
      {
        file: "signature/sigstore/verify-scts.ts",
        text: "if (candidates.length === 0) continue;",
        instead: 'if (candidates.length === 0) { promised.add("unknown"); continue; }',
      },
    ],
  },
  {
    what: "another artifact's signature, under the digest of ours",
    question: asked(
      {
        made: { ...message(signer, otherArtifact), artifact },
        logEntries: [logged(message(signer, otherArtifact))],
      },
      { demands: { logs: 0 } },
    ),
    refusal: /the signature is not of the certificate's key/,
    check: [
      {
        file: "signature/sigstore/verify-claim.ts",
        text: "if (!isSignatureOf(key, entity.content, data, undefined, work)) {",
        instead: "if (false) {",
      },
      {
        file: verifyLogEntries,
        text: "requireSameSignature(readLoggedSignature(entry), good);",
        instead: "",
      },
    ],
  },
  {
    what: "a statement about something else",
    question: asked(withEntry(envelope(signer, otherArtifact))),
    refusal: /the statement is about something else/,
    check: [
      {
        file: "signature/sigstore/statement.ts",
        text: "return subjects.some(({ digests }) => digests.get(algorithm)?.toLowerCase() === hex.toLowerCase());",
        instead: "return true;",
      },
    ],
  },
  {
    what: "a wrong payloadType: what was signed for another purpose, and reads like a statement",
    question: asked(
      withEntry(
        signEnvelope(signer.leaf.key, statement(provenanceOf(artifact)), {
          payloadType: "application/vnd.example.draft+json",
        }),
      ),
    ),
    refusal: /envelope: its payload is "application\/vnd\.example\.draft\+json"/,
    check: [
      {
        file: "signature/sigstore/statement.ts",
        text: "if (payloadType !== inTotoType) {",
        instead: "if (false) {",
      },
    ],
  },
  {
    what: "a payload that was signed, under another type than it was signed under",
    question: asked(
      withEntry({
        ...signEnvelope(signer.leaf.key, statement(provenanceOf(artifact)), { payloadType: "text/plain" }),
        payloadType: "application/vnd.in-toto+json",
      }),
      { demands: { logs: 0 } },
    ),
    refusal: /the signature is not of the certificate's key/,
    check: [
      {
        file: "signature/sigstore/signed-data.ts",
        text: "  const type = Buffer.from(payloadType);\n",
        instead: '  const type = Buffer.from("text/plain");\n',
      },
    ],
  },
  {
    what: "a bundle of 100 MB: an honest one, and blanks behind it",
    question: hugeBundle(),
    refusal: /^bundle: \d+ bytes, \d+ are allowed$/,
    check: [
      {
        file: "signature/sigstore/parse-bundle.ts",
        text: "if (bytes.length > maxBytes) refuse(",
        instead: "if (false) refuse(",
      },
    ],
  },
  {
    what: "a member twice in the statement: one reader sees our artifact, another the attacker's",
    question: asked(withEntry(signEnvelope(signer.leaf.key, doubledSubject()))),
    refusal: /statement: Duplicate key "subject"/,
    check: [
      {
        file: "signature/sigstore/statement.ts",
        text: "    refuseDoubledNames(json);\n",
        instead: "",
      },
    ],
  },
];

function hugeBundle(): BundleQuestion {
  const honest = asked({ made: late, logEntries: [logged(late)] });
  const blanks = Buffer.alloc(100 * 1000 * 1000, " ");
  return { ...honest, bundle: Buffer.concat([honest.bundle, blanks]) };
}

function countsEntries(): Weakening {
  return {
    file: verifyEntity,
    text: 'new Set(entries.map(({ log }) => Buffer.from(log.id).toString("hex"))).size',
    instead: "entries.length",
  };
}

function doubled(entry: LogEntryJson): readonly LogEntryJson[] {
  return [entry, entry];
}

function withEntry(made: ReturnType<typeof envelope>): Partial<BundleProfile> {
  return { made, logEntries: [rekor.add(dsse(made, signer))] };
}

function inTreeOfOne(): LogEntryJson {
  const entry = withoutPromise(loggedV2(inTime));
  const body = hashedrekordV2(late, signer).bytes;
  const proof = { logIndex: "0", treeSize: "1", rootHash: base64(leafHash(body)), hashes: [] };
  return withProof({ ...entry, logIndex: "0", canonicalizedBody: base64(body) }, proof);
}

function strangersWitness() {
  return witness("witness.example", createSigningKey("witness", "ed25519"), now);
}

function ownCa(): BundleQuestion {
  const { root, intermediate } = strangers.fulcio.authority;
  const by = {
    ...strangers.certify({
      names: [["uri", identity]],
      oidcIssuer: issuer,
      logs: [sigstore.certificateLog],
    }),
    chain: [intermediate.der, root.der],
  };
  const made = message(by);
  return asked({ version: "0.2", made, signer: by, logEntries: [logged(made, by)] });
}

function unshown(logs: readonly (typeof strangers.certificateLog)[]): BundleQuestion {
  const by = sigstore.certify({ names: [["uri", identity]], oidcIssuer: issuer, logs });
  const made = message(by);
  return asked({ made, signer: by, logEntries: [logged(made, by)] });
}

function doubledSubject(): Uint8Array {
  const [honest = "", other = ""] = [artifact, otherArtifact].map((of) =>
    JSON.stringify(provenanceOf(of).subjects),
  );
  return Buffer.from(
    Buffer.from(statement(provenanceOf(artifact)))
      .toString()
      .replace(`"subject":${honest}`, `"subject":${honest},"subject":${other}`),
  );
}

describe("a verifier of bundles that lacks a check lets pass, and ours refuses,", () => {
  for (const { what, question, refusal, check } of forgeries) {
    it(what, async () => {
      using weakened = weaken("engine", check);
      const verifyWeakly = await loadBundleVerifier(weakened.load);
      assert.doesNotThrow(() => verifyWeakly(question));
      assert.throws(() => verifyByEngine(question), { code: "SIGNATURE_INVALID", message: refusal });
    });
  }
});

it("what is forged here is genuine but for that", () => {
  const made = signMessage(signer.leaf.key, artifact);
  verifyByEngine(asked({ made, logEntries: [logged(made)] }));
  verifyByEngine(asked({ made, logEntries: [loggedV2(made)], timestamps: [stamp(made)] }));
  verifyByEngine(asked(withEntry(envelope())));
});
