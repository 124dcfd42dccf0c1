import type { Hint } from "../../policy/lint/hint.ts";
import { type Certificate, parseCertificate } from "../../signature/certificate.ts";
import { allowsCodeSigning } from "../../signature/certificate-chain.ts";
import { maySignCertificates } from "../../signature/certificate-signature.ts";
import { type CertificateTime, formatCertificateTime } from "../../signature/certificate-time.ts";
import { countPemBlocks, parseCertificates } from "../../signature/certificates-pem.ts";
import { reasonOf } from "../../signature/invalid.ts";
import { pemText } from "../../signature/pem.ts";
import { quote } from "../../values/go-format.ts";
import { weak, weakBits } from "./key-hints.ts";
import { pemBlocks, privateKeyHint, type TrustMaterial, unusable } from "./trust-material.ts";

/** Certificates that are trusted as they are. Those that cannot be read are passed over, as long as one can. */
export function* authorityHints(
  material: TrustMaterial,
  role: "fulcioRoots" | "pkiRoots",
  now: number,
): Generator<Hint> {
  yield* privateKeyHint(material);
  const { certificates, faults } = readAnchors(material.bytes);
  const [fault] = faults;
  if (certificates.length === 0) {
    const reason = fault ?? "there is no PEM in it";
    yield unusable(material, `no certificate of it can be used: ${reason}`, writePem);
    return;
  }
  if (fault !== undefined) yield ignored(material, faults.length, fault);
  // logs vouch for the past: an old CA beside its successor still counts for what was signed in its day
  const isForThePast = role === "fulcioRoots" && certificates.some((one) => isCurrent(one, now));
  for (const certificate of certificates) {
    if (!isForThePast) yield* timeHints(material, certificate, role, now);
    yield* useHints(material, certificate);
  }
}

/** Certificates between a CA and signers. One that cannot be read spoils all. */
export function* intermediateHints(material: TrustMaterial, now: number): Generator<Hint> {
  yield* privateKeyHint(material);
  let certificates: readonly Certificate[];
  try {
    certificates = parseCertificates(material.bytes, Number.POSITIVE_INFINITY);
  } catch (caught) {
    yield unusable(material, `loading trusted intermediate certificates: ${reasonOf(caught)}`, writePem);
    return;
  }
  if (certificates.length === 0) yield unusable(material, "there is no certificate in it", writePem);
  for (const certificate of certificates) {
    yield* timeHints(material, certificate, "pkiIntermediates", now);
    yield* useHints(material, certificate);
  }
}

const writePem = "write certificates in PEM: -----BEGIN CERTIFICATE-----";

interface Anchors {
  readonly certificates: readonly Certificate[];
  /** why others are passed over */
  readonly faults: readonly string[];
}

/** What `parseAnchors` takes, and why it does not take the rest. */
function readAnchors(bytes: Uint8Array): Anchors {
  const certificates: Certificate[] = [];
  const blocks = pemBlocks(bytes);
  const undecodable = countPemBlocks(pemText(bytes)) - blocks.length;
  const faults = new Array<string>(Math.max(0, undecodable)).fill("a block cannot be decoded");
  for (const { label, hasHeaders, bytes: der } of blocks) {
    try {
      if (label !== "CERTIFICATE") faults.push(`a block is labelled ${quote(label)}`);
      else if (hasHeaders) faults.push("a block has header lines");
      else certificates.push(parseCertificate(der));
    } catch (caught) {
      faults.push(reasonOf(caught));
    }
  }
  return { certificates, faults };
}

function ignored({ path, name }: TrustMaterial, count: number, fault: string): Hint {
  return {
    code: "CERTIFICATES_IGNORED",
    path,
    message: `${name}${count === 1 ? "one block is" : `${count} blocks are`} passed over: ${fault}`,
    remedy: "remove what is no certificate, and put what is one in PEM as its CA publishes it",
  };
}

type Role = "fulcioRoots" | "pkiRoots" | "pkiIntermediates";

const soon = 30 * 24 * 3600;

function isCurrent({ notBefore, notAfter }: Certificate, now: number): boolean {
  return notBefore.seconds <= now && now <= notAfter.seconds;
}

function* timeHints(
  { path, name }: TrustMaterial,
  certificate: Certificate,
  role: Role,
  now: number,
): Generator<Hint> {
  const { notBefore, notAfter } = certificate;
  const subject = `${name}${nameOf(certificate)}`;
  const remedy = "put the CA's current certificate there";
  if (now > notAfter.seconds) {
    const consequence =
      role === "fulcioRoots"
        ? "only what was signed before still counts"
        : "nothing that needs it is accepted any more";
    yield {
      code: "CERTIFICATE_EXPIRED",
      path,
      message: `${subject} expired on ${day(notAfter)}: ${consequence}`,
      remedy,
    };
  } else if (now < notBefore.seconds) {
    yield {
      code: "CERTIFICATE_NOT_YET_VALID",
      path,
      message: `${subject} is valid from ${day(notBefore)} on: nothing that needs it is accepted before`,
      remedy: "put the CA's current certificate beside it, and check this machine's clock",
    };
  } else if (now > notAfter.seconds - soon) {
    yield {
      code: "CERTIFICATE_EXPIRES_SOON",
      path,
      message: `${subject} expires on ${day(notAfter)}`,
      remedy: "put its successor beside it before then",
    };
  }
}

function* useHints(material: TrustMaterial, certificate: Certificate): Generator<Hint> {
  const { path, name } = material;
  const subject = `${name}${nameOf(certificate)}`;
  if (!maySignCertificates(certificate)) {
    yield {
      code: "CERTIFICATE_NOT_CA",
      path,
      message: `${subject} is no CA's: it vouches for no certificate but itself`,
      remedy: "write the certificate of the CA that issues to signers",
    };
  }
  if (!allowsCodeSigning(certificate)) {
    yield {
      code: "CERTIFICATE_NOT_FOR_CODE",
      path,
      message: `${subject} is limited to other uses than code signing, so nothing below it is accepted`,
      remedy: "use a CA that is not limited, or that has code signing among its extended key usages",
    };
  }
  if (certificate.facts.unhandledCritical.length > 0) {
    const oids = certificate.facts.unhandledCritical.join(", ");
    yield unusable(
      { ...material, name: `${subject}: ` },
      `x509: unhandled critical extension (${oids})`,
      "use a CA without it",
    );
  }
  const bits = certificate.publicKey === undefined ? undefined : weakBits(certificate.publicKey);
  if (bits !== undefined) {
    yield weak(
      material,
      `the RSA key of ${nameOf(certificate)} has ${bits} bits, which is no longer held to be safe`,
    );
  }
}

function nameOf({ subjectName, serialNumber }: Certificate): string {
  return quote(subjectName.commonName || subjectName.organization || `serial:${serialNumber}`);
}

function day(time: CertificateTime): string {
  return formatCertificateTime({ seconds: time.seconds, offsetMinutes: 0 }).replace(/T.*$/, "");
}
