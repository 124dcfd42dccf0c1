import type { BundleJson } from "../bundle-json.ts";
import { bundleJson } from "../bundle-json.ts";
import { noteSigner } from "../checkpoint.ts";
import { dsse, type EntryBody, hashedrekord, intoto } from "../entry-body.ts";
import { type LogEntryJson, withoutPromise, withoutProof, withProof } from "../log-entry-json.ts";
import { base64, type MadeSignature, signMessage } from "../made-signature.ts";
import { createRekor, type EntryChanges } from "../rekor.ts";
import { messageSignature, withEntry } from "./bundle-cases.ts";
import {
  artifact,
  type ConformanceCase,
  conformanceCase,
  envelope,
  flipped,
  message,
  now,
  otherArtifact,
  rekor,
  signer,
  sigstore,
  strangers,
  timestampAuthority,
  trust,
} from "./conformance-case.ts";

/** Entries of Rekor v1: promises, proofs, checkpoints, and whose signature they are about. */
export function logCases(): readonly ConformanceCase[] {
  return [...promiseAndProofCases(), ...entryCases(), ...windowCases()];
}

function promiseAndProofCases(): readonly ConformanceCase[] {
  const made = message();
  const entry = rekor.add(hashedrekord(made, signer));
  const proof = entry.inclusionProof;
  const hashes = proof?.hashes ?? [];
  const [first = "", ...rest] = hashes;
  const signed = envelope();
  const v02 = (logEntry: LogEntryJson) =>
    bundleJson({ version: "0.2", made: signed, signer, logEntries: [logEntry], timestamps: [] });
  return [
    conformanceCase(
      "set-invalid-signature_fail",
      bundle(made, {
        ...entry,
        inclusionPromise: { signedEntryTimestamp: base64(rekor.key.sign(Buffer.from("{}"))) },
      }),
    ),
    conformanceCase(
      "a promise by another key_fail",
      bundle(made, add(made, { promiseKey: strangers.rekor.key })),
    ),
    conformanceCase(
      "invalid-inclusion-proof_fail",
      bundle(made, withProof(entry, { logIndex: String(Number(proof?.logIndex) - 1) })),
    ),
    conformanceCase(
      "inclusion-proof-corrupted-hash_fail",
      bundle(made, withProof(entry, { hashes: [flipped(first), ...rest] })),
    ),
    conformanceCase(
      "a proof that is cut off_fail",
      bundle(made, withProof(entry, { hashes: hashes.slice(0, -1) })),
    ),
    conformanceCase(
      "a proof with a hash too many_fail",
      bundle(made, withProof(entry, { hashes: [...hashes, first] })),
    ),
    conformanceCase(
      "intoto-missing-inclusion-proof_fail",
      v02(withoutProof(rekor.add(intoto(signed, signer)))),
    ),
    conformanceCase(
      "checkpoint-wrong-roothash_fail",
      bundle(made, add(made, { checkpoint: { root: Buffer.alloc(32, 1) } })),
    ),
    conformanceCase("checkpoint-bad-keyhint_fail", bundle(made, add(made, { noteSigners: [badHint()] }))),
    conformanceCase(
      "invalid-checkpoint-signature_fail",
      bundle(
        made,
        add(made, {
          noteSigners: [{ ...noteSigner(rekor.host, rekor.key), sign: () => Buffer.alloc(70, 1) }],
        }),
      ),
    ),
    conformanceCase(
      "a proof without a promise, with a timestamp",
      bundleJson({
        version: "0.3",
        made,
        signer,
        logEntries: [withoutPromise({ ...entry, integratedTime: "0" })],
        timestamps: [timestampAuthority.stamp(made.signature, now)],
      }),
    ),
    conformanceCase("a time that no promise covers_fail", bundle(made, withoutPromise(entry))),
    conformanceCase("the same entry twice_fail", {
      ...bundle(made, entry),
      verificationMaterial: { ...bundle(made, entry).verificationMaterial, tlogEntries: [entry, entry] },
    }),
  ];
}

function badHint() {
  const own = noteSigner(rekor.host, rekor.key);
  return { ...own, keyId: Buffer.from("deadbeef", "hex") };
}

function entryCases(): readonly ConformanceCase[] {
  const made = message();
  const signed = envelope();
  const other = envelope(signer, otherArtifact);
  const again = envelope(signer, artifact, { salt: "again" });
  const others = sigstore.certify({ name: "someone else", names: [["email", "someone@example.com"]] });
  const whole = sigstore.bundle(made, signer);
  return [
    conformanceCase("intoto-with-custom-trust-root", bundle(signed, rekor.add(intoto(signed, signer)))),
    conformanceCase("an envelope's hashedrekord", bundle(signed, rekor.add(hashedrekord(signed, signer)))),
    conformanceCase(
      "dsse-invalid-sig_fail",
      bundle({ ...signed, signature: made.signature }, dsseEntry(signed)),
    ),
    conformanceCase(
      "an envelope whose signature is wrong, logged like that_fail",
      logged({ ...signed, signature: other.signature }, dsse),
    ),
    conformanceCase("dsse-mismatch-envelope_fail", bundle(other, dsseEntry(signed))),
    conformanceCase("dsse-mismatch-sig_fail", bundle(again, dsseEntry(signed))),
    conformanceCase("intoto-log-entry-mismatch_fail", bundle(signed, rekor.add(intoto(other, signer)))),
    conformanceCase(
      "wrong-hashedrekord-artifact_fail",
      bundle(made, rekor.add(hashedrekord({ ...made, artifact: otherArtifact }, signer))),
    ),
    conformanceCase(
      "wrong-hashedrekord-cert-and-sig_fail",
      bundle(made, rekor.add(hashedrekord(message(others), others))),
    ),
    conformanceCase(
      "wrong-hashedrekord-entry_fail",
      bundle(made, rekor.add(hashedrekord(message(signer, otherArtifact), signer))),
    ),
    conformanceCase("incorrect-public-key_fail", bundle(made, rekor.add(hashedrekord(made, others)))),
    conformanceCase(
      "an entry of another kind than it says_fail",
      withEntry(whole, { kindVersion: { kind: "dsse", version: "0.0.1" } }),
    ),
    conformanceCase(
      "an entry of another version than it says_fail",
      withEntry(whole, { kindVersion: { kind: "hashedrekord", version: "0.0.2" } }),
    ),
    conformanceCase(
      "an entry of an unknown log_fail",
      bundle(made, strangers.rekor.add(hashedrekord(made, signer))),
    ),
    conformanceCase(
      "a signature by another key, logged_fail",
      logged(signMessage(rekor.key, made.artifact), hashedrekord),
    ),
    conformanceCase("another message's signature_fail", {
      ...whole,
      messageSignature: {
        ...messageSignature(whole),
        signature: base64(message(signer, otherArtifact).signature),
      },
    }),
  ];
}

function windowCases(): readonly ConformanceCase[] {
  const whole = sigstore.bundle(message(), signer);
  const window = (from: number | undefined, to: number | undefined) => ({
    trust: { transparencyLogs: trust.transparencyLogs.map((log) => ({ ...log, from, to })) },
  });
  return [
    conformanceCase("trust-root-tlog-validity-end-inclusive", whole, window(now - 3600, now)),
    conformanceCase("a log that is trusted from that second on", whole, window(now, undefined)),
    conformanceCase("a log that is trusted no longer_fail", whole, window(now - 3600, now - 1)),
    conformanceCase("a log that is not trusted yet_fail", whole, window(now + 1, undefined)),
    conformanceCase("trust-root-tlog-missing-validity-start_fail", whole, window(undefined, now + 3600)),
    conformanceCase("a log with an ECDSA P-384 key", ...withLog("p384")),
  ];
}

function withLog(kind: "p384") {
  const log = createRekor({ host: `${kind}.example`, now, kind });
  const made = message();
  const made1 = bundle(made, log.add(hashedrekord(made, signer)));
  return [made1, { trust: { transparencyLogs: [log.trust] } }] as const;
}

function add(made: MadeSignature, changes: EntryChanges): LogEntryJson {
  return rekor.add(hashedrekord(made, signer), changes);
}

function dsseEntry(made: Parameters<typeof dsse>[0]): LogEntryJson {
  return rekor.add(dsse(made, signer));
}

function logged<Made extends MadeSignature>(
  made: Made,
  body: (made: Made, by: typeof signer) => EntryBody,
): BundleJson {
  return bundle(made, rekor.add(body(made, signer)));
}

function bundle(made: MadeSignature, entry: LogEntryJson): BundleJson {
  return bundleJson({ version: "0.3", made, signer, logEntries: [entry], timestamps: [] });
}
