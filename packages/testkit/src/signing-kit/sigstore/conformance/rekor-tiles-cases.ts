import { createSigningKey } from "../../signing-key.ts";
import { type BundleJson, bundleJson } from "../bundle-json.ts";
import { noteSigner, witness } from "../checkpoint.ts";
import { dsseV2, hashedrekordV2 } from "../entry-body.ts";
import { type LogEntryJson, withoutProof, withProof } from "../log-entry-json.ts";
import type { MadeSignature } from "../made-signature.ts";
import { createRekorTiles, type EntryChanges } from "../rekor.ts";
import {
  artifact,
  type ConformanceCase,
  conformanceCase,
  envelope,
  message,
  now,
  otherArtifact,
  rekorTiles,
  signer,
  strangers,
  timestampAuthority,
  trust,
} from "./conformance-case.ts";

/** Entries of Rekor v2. */
export function rekorTilesCases(): readonly ConformanceCase[] {
  return [...entryCases(), ...checkpointCases()];
}

function entryCases(): readonly ConformanceCase[] {
  const made = message();
  const signed = envelope();
  const other = envelope(signer, otherArtifact);
  const again = envelope(signer, artifact, { salt: "again" });
  const entry = rekorTiles.add(hashedrekordV2(made, signer));
  return [
    conformanceCase("rekor2-happy-path", bundle(made, entry)),
    conformanceCase("rekor2-dsse-happy-path", bundle(signed, added(signed))),
    conformanceCase(
      "rekor2-dsse-invalid-sig_fail",
      bundle({ ...signed, signature: made.signature }, added(signed)),
    ),
    conformanceCase("rekor2-dsse-mismatch-envelope_fail", bundle(other, added(signed))),
    conformanceCase("rekor2-dsse-mismatch-sig_fail", bundle(again, added(signed))),
    conformanceCase(
      "an envelope as Rekor v2 once took it",
      bundle(signed, rekorTiles.add(dsseV2(signed, signer))),
    ),
    conformanceCase(
      "another envelope as Rekor v2 once took it_fail",
      bundle(signed, rekorTiles.add(dsseV2(other, signer))),
    ),
    conformanceCase(
      "an entry of a key of no known kind_fail",
      bundle(made, rekorTiles.add(hashedrekordV2(made, { ...signer, keyDetails: "PKIX_NONSENSE" }))),
    ),
    conformanceCase("rekor2-no-inclusion-proof_fail", bundle(made, withoutProof(entry))),
    conformanceCase(
      "a checkpoint over another tree_fail",
      bundle(made, withProof(entry, { checkpoint: laterCheckpoint() })),
    ),
    conformanceCase("a Rekor v2 with an ECDSA key", ...ofEcdsaLog()),
  ];
}

function checkpointCases(): readonly ConformanceCase[] {
  const made = message();
  const own = noteSigner(rekorTiles.host, rekorTiles.key);
  const one = witness("witness.example", createSigningKey("witness", "ed25519"), now);
  const two = witness("another.example", createSigningKey("another witness", "ed25519"), now);
  const second = noteSigner(rekorTiles.host, createSigningKey("the log's next key", "p256"));
  const wrongName = { ...own, name: "log.strangers.example" };
  const host = wrongName.name;
  const rows: ReadonlyArray<readonly [name: string, changes: EntryChanges]> = [
    ["cosigned", { noteSigners: [own, one] }],
    ["multiple-cosigs", { noteSigners: [own, one, two] }],
    ["origin-not-first", { noteSigners: [one, own] }],
    ["two-sigs-cosigned", { noteSigners: [own, second, one] }],
    ["two-sigs-from-origin", { noteSigners: [own, second] }],
    ["missing-log-signature_fail", { noteSigners: [] }],
    ["missing-origin_fail", { checkpoint: { origin: undefined } }],
    ["missing-root-hash_fail", { checkpoint: { root: undefined } }],
    ["missing-size_fail", { checkpoint: { size: undefined } }],
    ["no-matching-signature_fail", { noteSigners: [wrongName], checkpoint: { origin: host } }],
    ["cosigned-only_fail", { noteSigners: [one] }],
    ["signed-by-a-stranger_fail", { noteSigners: [noteSigner(rekorTiles.host, strangers.rekorTiles.key)] }],
    ["with-an-extension", { checkpoint: { furtherLines: ["extension"] } }],
    ["with-an-empty-line_fail", { checkpoint: { furtherLines: ["extension", "", "more"] } }],
    ["of-another-origin_fail", { checkpoint: { origin: host } }],
  ];
  return rows.map(([name, changes]) =>
    conformanceCase(
      `rekor2-checkpoint-${name}`,
      bundle(made, rekorTiles.add(hashedrekordV2(made, signer), changes)),
    ),
  );
}

/** Of the same log, when there was more in it. */
function laterCheckpoint() {
  const made = message();
  const proof = rekorTiles.add(hashedrekordV2(made, signer)).inclusionProof;
  if (proof === undefined) throw new Error("Rekor proves what it takes");
  return proof.checkpoint;
}

function ofEcdsaLog() {
  const log = createRekorTiles({ host: "ecdsa.example", now, kind: "p256" });
  const made = message();
  const transparencyLogs = [...trust.transparencyLogs, log.trust];
  return [bundle(made, log.add(hashedrekordV2(made, signer))), { trust: { transparencyLogs } }] as const;
}

function added(made: MadeSignature): LogEntryJson {
  return rekorTiles.add(hashedrekordV2(made, signer));
}

function bundle(made: MadeSignature, entry: LogEntryJson): BundleJson {
  const timestamps = [timestampAuthority.stamp(made.signature, now)];
  return bundleJson({ version: "0.3", made, signer, logEntries: [entry], timestamps });
}
