import { hash } from "node:crypto";
import type { BundleJson, VerificationMaterialJson } from "../bundle-json.ts";
import { certificateSigner } from "../bundle-signer.ts";
import { base64, signMessage } from "../made-signature.ts";
import {
  artifact,
  type ConformanceCase,
  conformanceCase,
  envelope,
  identity,
  issuer,
  message,
  otherArtifact,
  signer,
  sigstore,
  strangers,
} from "./conformance-case.ts";

const { intermediate, root } = sigstore.fulcio.authority;

/** Bundles as such: their versions, their parts, and what is no bundle. */
export function bundleCases(): readonly ConformanceCase[] {
  const v01 = sigstore.bundle(message(), signer, { version: "0.1" });
  const v03 = sigstore.bundle(message(), signer);
  return [
    conformanceCase("happy-path-v0.1", v01),
    conformanceCase("happy-path-v0.2", sigstore.bundle(message(), signer, { version: "0.2" })),
    conformanceCase("happy-path-v0.3", sigstore.bundle(message(), signer, { version: "old 0.3" })),
    conformanceCase("happy-path-v0.3-new-mediaType", v03),
    conformanceCase("happy-path-intoto-in-dsse-v3", sigstore.bundle(envelope(), signer)),
    conformanceCase("bundle-empty-certificate-chain_fail", withCertificates(v01, [])),
    conformanceCase(
      "bundle-with-root-cert_fail",
      withCertificates(v01, [signer.leaf.der, intermediate.der, root.der]),
    ),
    conformanceCase("bundle-from-wrong-instance_fail", fromElsewhere()),
    conformanceCase("bundle-invalid-base64-signature_fail", {
      ...v03,
      messageSignature: { ...messageSignature(v03), signature: "not base64 at all!" },
    }),
    conformanceCase("bundle-malformed-json_fail", Buffer.from(JSON.stringify(v03).slice(0, -1))),
    conformanceCase("bundle-negative-log-index_fail", withEntry(v03, { logIndex: "-1" })),
    conformanceCase("bundle-unknown-version_fail", {
      ...v03,
      mediaType: "application/vnd.dev.sigstore.bundle+json;version=99.9",
    }),
    conformanceCase("message-digest-mismatch_fail", {
      ...v03,
      messageSignature: {
        ...messageSignature(v03),
        messageDigest: messageSignature(sigstore.bundle(message(signer, otherArtifact), signer))
          .messageDigest,
      },
    }),
    conformanceCase("signature-mismatch_fail", {
      ...v03,
      messageSignature: {
        ...messageSignature(v03),
        signature: base64(message(signer, artifact, { salt: "again" }).signature),
      },
    }),
    conformanceCase("a message digest by another hash, of another artifact_fail", {
      ...v03,
      messageSignature: {
        ...messageSignature(v03),
        messageDigest: { algorithm: "SHA2_384", digest: hash("sha384", otherArtifact, "base64") },
      },
    }),
    conformanceCase("wrong-material_fail", v03, { artifact: otherArtifact }),
    conformanceCase(
      "a bundle for a certificate's other key_fail",
      sigstore.bundle(signMessage(sigstore.rekor.key, artifact), signer),
    ),
    conformanceCase("a bundle with a message and an envelope_fail", {
      ...v03,
      dsseEnvelope: sigstore.bundle(envelope(), signer).dsseEnvelope,
    } as BundleJson),
  ];
}

export function messageSignature({ messageSignature }: BundleJson) {
  if (messageSignature === undefined) throw new Error("no message signature");
  return messageSignature;
}

/** The bundle with parts of its first log entry replaced. */
export function withEntry(
  bundle: BundleJson,
  changes: Partial<VerificationMaterialJson["tlogEntries"][number]>,
): BundleJson {
  const [first, ...others] = bundle.verificationMaterial.tlogEntries;
  if (first === undefined) throw new Error("no log entry");
  return withMaterial(bundle, { tlogEntries: [{ ...first, ...changes }, ...others] });
}

export function withMaterial(bundle: BundleJson, changes: Partial<VerificationMaterialJson>): BundleJson {
  return { ...bundle, verificationMaterial: { ...bundle.verificationMaterial, ...changes } };
}

function withCertificates(bundle: BundleJson, certificates: readonly Uint8Array[]): BundleJson {
  return withMaterial(bundle, {
    x509CertificateChain: { certificates: certificates.map((der) => ({ rawBytes: base64(der) })) },
  });
}

/** All is well with it, but for whom it comes from. */
function fromElsewhere(): BundleJson {
  const { fulcio, certificateLog } = strangers;
  const names = [["uri", identity]] as const;
  const by = certificateSigner(fulcio.issue({ names, oidcIssuer: issuer, logs: [certificateLog] }));
  return strangers.bundle(message(by), by);
}
