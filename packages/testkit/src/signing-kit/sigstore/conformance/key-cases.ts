import { createSigningKey, type KeyKind, type SigningKey } from "../../signing-key.ts";
import { bundleJson } from "../bundle-json.ts";
import { certificateSigner, keySigner } from "../bundle-signer.ts";
import { hashedrekord, hashedrekordV2 } from "../entry-body.ts";
import { statement } from "../in-toto-statement.ts";
import { type SignatureChanges, signEnvelope, signMessage } from "../made-signature.ts";
import {
  artifact,
  type ConformanceCase,
  conformanceCase,
  identity,
  issuer,
  message,
  provenanceOf,
  rekor,
  rekorTiles,
  signer,
  sigstore,
  strangers,
} from "./conformance-case.ts";

/** Keys of one's own, and all kinds of keys. */
export function keyCases(): readonly ConformanceCase[] {
  const key = createSigningKey("managed");
  const by = keySigner(key);
  const whole = sigstore.bundle(message(by), by);
  const noTrust = {
    transparencyLogs: [],
    certificateAuthorities: [],
    certificateLogs: [],
    timestampAuthorities: [],
  };
  return [
    conformanceCase("managed-key-happy-path", whole, { key }),
    conformanceCase("managed-key-and-trusted-root", whole, {
      key,
      trust: { certificateAuthorities: [], certificateLogs: [] },
    }),
    conformanceCase("managed-key-no-key_fail", whole),
    conformanceCase("managed-key-wrong-key_fail", whole, { key: createSigningKey("another") }),
    conformanceCase("a certificate where a key is expected_fail", sigstore.bundle(message(), signer), {
      key: signer.leaf.key,
    }),
    conformanceCase("a key's entry in a log that nobody trusts_fail", whole, { key, trust: noTrust }),
    conformanceCase(
      "a key's bundle that is in no log_fail",
      sigstore.bundle(message(by), by, { entry: "none" }),
      { key },
    ),
    conformanceCase("a key's bundle logged under another key_fail", loggedUnder(key, strangers.rekor.key), {
      key,
    }),
    conformanceCase(
      "a key's hint that is nobody's",
      sigstore.bundle(message(by), { ...by, hint: "nobody" }),
      { key },
    ),
    ...keyKindCases(),
    ...certifiedKindCases(),
  ];
}

function loggedUnder(key: SigningKey, claimed: SigningKey) {
  const made = signMessage(key, artifact);
  const entry = rekor.add(hashedrekord(made, keySigner(claimed)));
  return bundleJson({ version: "0.3", made, signer: keySigner(key), logEntries: [entry], timestamps: [] });
}

const kinds: ReadonlyArray<readonly [kind: KeyKind, changes: SignatureChanges]> = [
  ["p256", {}],
  ["p384", {}],
  ["p384", { hash: "sha256" }],
  ["p521", {}],
  ["p521", { hash: "sha256" }],
  ["rsa2048", {}],
  ["rsa2048", { padding: "pss" }],
  ["ed25519", {}],
];

/** Each kind of key signs a message and an envelope, logged by both kinds of log. */
function keyKindCases(): readonly ConformanceCase[] {
  return kinds.flatMap(([kind, changes]) => {
    const key = createSigningKey("managed", kind);
    const words = [kind, changes.hash, changes.padding].filter((word) => word !== undefined).join(" ");
    const by = { ...keySigner(key), keyDetails: keyDetailsOf(kind, changes) };
    const made = signMessage(key, artifact, changes);
    const signed = signEnvelope(key, statement(provenanceOf(artifact)), changes);
    const v2 = rekorTiles.add(hashedrekordV2(made, by));
    return [
      conformanceCase(`a message by a key, ${words}`, sigstore.bundle(made, by), { key }),
      conformanceCase(`an envelope by a key, ${words}`, sigstore.bundle(signed, by), { key }),
      conformanceCase(
        `a message by a key in Rekor v2, ${words}`,
        bundleJson({ version: "0.3", made, signer: by, logEntries: [v2], timestamps: [] }),
        { key },
      ),
    ];
  });
}

function keyDetailsOf(kind: KeyKind, { hash, padding }: SignatureChanges): string {
  const names: Readonly<Record<string, string>> = {
    p256: "PKIX_ECDSA_P256_SHA_256",
    p384: hash === "sha256" ? "PKIX_ECDSA_P384_SHA_256" : "PKIX_ECDSA_P384_SHA_384",
    p521: hash === "sha256" ? "PKIX_ECDSA_P521_SHA_256" : "PKIX_ECDSA_P521_SHA_512",
    rsa2048: padding === "pss" ? "PKIX_RSA_PSS_2048_SHA256" : "PKIX_RSA_PKCS1V15_2048_SHA256",
    ed25519: "PKIX_ED25519_PH",
  };
  return names[kind] ?? "";
}

/** Fulcio certifies all of them. */
function certifiedKindCases(): readonly ConformanceCase[] {
  return (["p384", "p521", "rsa2048", "ed25519"] as const).flatMap((kind) => {
    const { fulcio, certificateLog } = sigstore;
    const leaf = fulcio.issue({
      kind,
      names: [["uri", identity]],
      oidcIssuer: issuer,
      logs: [certificateLog],
    });
    const by = certificateSigner(leaf);
    const signed = signEnvelope(leaf.key, statement(provenanceOf(artifact)));
    return [
      conformanceCase(`a message by a certified ${kind} key`, sigstore.bundle(message(by), by)),
      conformanceCase(`an envelope by a certified ${kind} key`, sigstore.bundle(signed, by)),
    ];
  });
}
