import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { type Certificate, parseCertificate } from "@countersign/engine/signature/certificate";
import { verifyChain } from "@countersign/engine/signature/certificate-chain";
import { certificatePool, emptyPool } from "@countersign/engine/signature/certificate-pool";
import { certificateWork } from "@countersign/engine/signature/certificate-work";
import {
  type AlternativeName,
  alternativeNames,
  basicConstraints,
  nameConstraints,
  oid,
} from "@countersign/testkit/signing-kit/certificate-profile";
import { createSigningKit } from "@countersign/testkit/signing-kit/signing-kit";
import { mutateDer } from "../mutate/der.ts";
import { reading } from "../outcome.ts";
import type { Target } from "../target.ts";

/**
 * A certificate, in DER. What we read OpenSSL reads alike, where it reads it: key, names, number, times. And only what
 * the authority has signed has a chain to it.
 */
export function openTarget(): Target {
  return { seeds: issued, mutate: mutateDer, check };
}

const kit = createSigningKit();
const { root, intermediate } = kit.fulcio.authority;
const someNames: readonly AlternativeName[] = [
  ["email", "dev@example.com"],
  ["dns", "build.example.com"],
  ["uri", "https://ci.example/x"],
  ["ip", Buffer.from([127, 0, 0, 1])],
  ["other", Buffer.from("30030c0161", "hex")],
];
const names = alternativeNames(someNames);
const constraints = nameConstraints({
  permitted: [["dns", "example.com"]],
  excluded: [["email", "evil.example"]],
});

const issued: readonly Uint8Array[] = [
  ...[
    root.pem,
    intermediate.pem,
    kit.fulcio.issue({}).pem,
    kit.fulcio.issue({ names: [["uri", "spiffe://a/b"]] }).pem,
  ],
  kit.fulcio.issue({ names: someNames, extensions: [constraints, basicConstraints(true, 3)] }).pem,
  kit.pki.issue({ extensions: [names], kind: "rsa2048", usages: [oid.anyUsage, oid.serverAuth] }).pem,
  kit.pki.issue({ extensions: [names], kind: "p384", usages: [] }).pem,
  kit.pki.issue({ extensions: [], kind: "ed25519" }).pem,
].map((pem) => new X509Certificate(pem).raw);

const signedBodies = new Set(issued.map((der) => hex(parseCertificate(der).tbs)));
const roots = certificatePool([parseCertificate(new X509Certificate(root.pem).raw)]);
const intermediates = certificatePool([parseCertificate(new X509Certificate(intermediate.pem).raw)]);

function check(input: Uint8Array): string {
  const read = reading(["SIGNATURE_INVALID"], () => parseCertificate(input));
  if (read.type === "refused") return read.outcome;
  const certificate = read.value;
  assert.deepEqual(Buffer.from(certificate.raw), Buffer.from(input), "not all of it was read");
  const theirs = openSslReading(input);
  if (theirs !== undefined) checkAlike(certificate, theirs);
  const question = { roots, intermediates, seconds: kit.now, work: certificateWork() };
  const chain = reading(["SIGNATURE_INVALID"], () => verifyChain(certificate, question));
  if (chain.type === "accepted") {
    assert.ok(signedBodies.has(hex(certificate.tbs)), "a certificate that nobody issued has a chain");
  }
  const anchored = reading(["SIGNATURE_INVALID"], () =>
    verifyChain(certificate, { ...question, intermediates: emptyPool, work: certificateWork() }),
  );
  const { names, extendedKeyUsages, unhandledCritical } = certificate.facts;
  const counts = [names.dns, names.emails, names.ips, names.uris, extendedKeyUsages, unhandledCritical];
  const shape = counts.map(({ length }) => Math.min(length, 2)).join("");
  const how = chain.type === "accepted" ? "chained" : chain.outcome;
  return `accepted ${theirs === undefined ? "not by OpenSSL" : ""} ${shape} ${how} ${anchored.type}`;
}

function openSslReading(der: Uint8Array): X509Certificate | undefined {
  try {
    return new X509Certificate(der);
  } catch {
    return undefined;
  }
}

function checkAlike(ours: Certificate, theirs: X509Certificate): void {
  const sign = ours.serialNumber < 0n ? "-" : "";
  assert.equal(`${sign}${BigInt(`0x${theirs.serialNumber.replace("-", "")}`)}`, String(ours.serialNumber));
  if (ours.publicKey !== undefined)
    assert.equal(hex(ours.publicKey.spki), spkiOf(theirs) ?? hex(ours.publicKey.spki));
  const { emails, dns } = ours.facts.names;
  // It lists none if it cannot print one of them, and quotes what is not plain. We read extensions of version 3 alone.
  if (ours.version === 3 && theirs.subjectAltName !== undefined && [...emails, ...dns].every(isPlain)) {
    const listed = theirs.subjectAltName.split(", ");
    const listedAs = (type: string) =>
      listed.filter((name) => name.startsWith(type)).map((name) => name.slice(type.length));
    const [listedEmails, listedHosts] = [listedAs("email:"), listedAs("DNS:")];
    assert.ok(
      emails.every((email) => listedEmails.includes(email)),
      "an e-mail address that it has not",
    );
    assert.ok(
      dns.every((name) => listedHosts.includes(name)),
      "a host name that it has not",
    );
  }
}

/** The key as OpenSSL writes it; undefined if it cannot. */
function spkiOf(certificate: X509Certificate): string | undefined {
  try {
    return hex(certificate.publicKey.export({ type: "spki", format: "der" }));
  } catch {
    return undefined;
  }
}

function isPlain(name: string): boolean {
  return /^[\w@.*-]+$/.test(name);
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
