import assert from "node:assert/strict";
import { parseTrustedRoot } from "@countersign/engine/signature/sigstore/parse-trusted-root";
import type {
  CertificateAuthority,
  TransparencyLog,
  ValidityWindow,
} from "@countersign/engine/signature/sigstore/trusted-root";
import { createPocketSigstore } from "@countersign/testkit/signing-kit/sigstore/pocket-sigstore";
import { createRekor } from "@countersign/testkit/signing-kit/sigstore/rekor";
import { createTimestampAuthority } from "@countersign/testkit/signing-kit/sigstore/timestamp-authority";
import { trustedRootJson } from "@countersign/testkit/signing-kit/sigstore/trusted-root-json";
import {
  type CertificateAuthority as TheirAuthority,
  type TransparencyLogInstance,
  TrustedRoot,
} from "@sigstore/protobuf-specs";
import { mutateDer } from "../mutate/der.ts";
import { mutateJson } from "../mutate/json.ts";
import { isObject, readLoose, writeLoose } from "../mutate/loose-json.ts";
import { anyOf, type Mutate } from "../mutate/mutate.ts";
import { reading } from "../outcome.ts";
import type { Target } from "../target.ts";

/** A `trusted_root.json`: nobody is trusted whom it does not name, and nobody longer than it says. */
export function openTarget(): Target {
  return { seeds: [sigstore.trustedRoot, larger], mutate, check };
}

const sigstore = createPocketSigstore();
const { trust, now } = sigstore;
const larger = trustedRootJson({
  ...trust,
  transparencyLogs: [
    ...trust.transparencyLogs.map((log) => ({ ...log, to: now + 1 })),
    createRekor({ host: "p384.example:8080", now, kind: "p384" }).trust,
    createRekor({ host: "rsa.example", now, kind: "rsa2048" }).trust,
  ],
  timestampAuthorities: [
    { ...createTimestampAuthority({ name: "another", now, kind: "p256" }).trust, from: now, to: now },
  ],
});

const mutateStructure = mutateJson({
  names: [
    ...([
      "mediaType",
      "tlogs",
      "certificateAuthorities",
      "ctlogs",
      "timestampAuthorities",
      "baseUrl",
    ] as const),
    ...["hashAlgorithm", "publicKey", "rawBytes", "keyDetails", "validFor", "start", "end", "logId", "keyId"],
    ...[
      "checkpointKeyId",
      "operator",
      "subject",
      "organization",
      "commonName",
      "uri",
      "certChain",
      "certificates",
    ],
  ],
  values: [
    ...([
      "2026-01-01T00:00:00Z",
      "2026-01-01T00:00:00.5Z",
      "2026-02-30T00:00:00Z",
      "0000-01-01T00:00:00Z",
    ] as const),
    ...[
      "2026-01-01T00:00:00+01:00",
      "9999-12-31T23:59:59.999999999Z",
      "PKIX_ED25519",
      "PKIX_ECDSA_P256_SHA_256",
    ],
    ...[
      "PKIX_RSA_PKCS1V15_2048_SHA256",
      "SHA2_256",
      "SHA2_512",
      "https://",
      "https://a b",
      "rekor.example",
      "",
    ],
  ],
});

/** Bytes of a certificate or key. */
const mutateInside: Mutate = (draw, input, other) => {
  const root = readLoose(input);
  const holders = root === undefined ? [] : holdersOf("rawBytes", root);
  const holder = holders[draw.below(holders.length)];
  if (root === undefined || holder === undefined) return mutateStructure(draw, input, other);
  const bytes = Buffer.from(String(holder["rawBytes"]), "base64");
  holder["rawBytes"] = mutateDer(draw, bytes, bytes).toString("base64");
  return writeLoose(root);
};

const mutate = anyOf(mutateStructure, mutateStructure, mutateInside);

function holdersOf(name: string, json: unknown, depth = 0): readonly Record<string | number, unknown>[] {
  if (!isObject(json) || depth > 8) return [];
  const inner = Object.values(json).flatMap((value) => holdersOf(name, value, depth + 1));
  return name in json ? [json, ...inner] : inner;
}

function check(input: Uint8Array): string {
  const read = reading(["TRUST_MATERIAL_INVALID"], () => parseTrustedRoot(input));
  if (read.type === "refused") return read.outcome;
  const root = read.value;
  const theirs = theirReading(Buffer.from(input));
  if (theirs === undefined) return "accepted, with kinds of keys that it does not know";
  const logs = [
    ...root.transparencyLogs.map((log) => requireLog(log, theirs.tlogs)),
    ...root.certificateLogs.map((log) => requireLog(log, theirs.ctlogs)),
  ];
  requireAuthorities(root.certificateAuthorities, theirs.certificateAuthorities);
  requireAuthorities(root.timestampAuthorities, theirs.timestampAuthorities);
  return `accepted ${logs.sort().join(" ")} ${root.certificateAuthorities.length} ${root.timestampAuthorities.length}`;
}

/** It refuses the whole for a name that it does not know; we leave that log out. */
function theirReading(json: Buffer): TrustedRoot | undefined {
  try {
    return TrustedRoot.fromJSON(JSON.parse(json.toString()));
  } catch (caught) {
    if (caught instanceof Error && caught.message.startsWith("Unrecognized enum value")) return undefined;
    throw caught;
  }
}

/** A log may be left out, and none may be added. */
function requireLog(
  { id, key, window }: TransparencyLog,
  theirs: readonly TransparencyLogInstance[],
): string {
  const same = theirs.filter(({ logId }) => hex(logId?.keyId) === hex(id));
  const found = same.find(({ publicKey }) => isWindow(window, publicKey?.validFor));
  assert.ok(found, "a log that it does not name, or at another time");
  return key.type;
}

function requireAuthorities(ours: readonly CertificateAuthority[], theirs: readonly TheirAuthority[]): void {
  assert.equal(ours.length, theirs.length, "other authorities");
  for (const [at, { window, uri, leaf }] of ours.entries()) {
    const { validFor, uri: theirUri, certChain } = theirs[at] as TheirAuthority;
    assert.ok(isWindow(window, validFor), "an authority at another time");
    assert.equal(uri, theirUri);
    const first = certChain?.certificates[0]?.rawBytes;
    if (leaf !== undefined) assert.equal(hex(leaf), hex(first), "another certificate to stamp with");
  }
}

/** To the second, inwards. */
function isWindow(
  ours: ValidityWindow,
  theirs: { start?: Date | undefined; end?: Date | undefined } | undefined,
): boolean {
  const differs = (a: number | undefined, b: Date | undefined) =>
    a === undefined ? b !== undefined : b === undefined || Math.abs(a * 1000 - b.getTime()) >= 1000;
  return !differs(ours.from, theirs?.start) && !differs(ours.to, theirs?.end);
}

function hex(bytes: Uint8Array | undefined): string {
  return Buffer.from(bytes ?? []).toString("hex");
}
