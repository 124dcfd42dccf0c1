/** Layer annotations of cosign; the names are its own. */
export const cosignAnnotation = {
  signature: "dev.cosignproject.cosign/signature",
  bundle: "dev.sigstore.cosign/bundle",
  certificate: "dev.sigstore.cosign/certificate",
  chain: "dev.sigstore.cosign/chain",
  timestamp: "dev.sigstore.cosign/rfc3161timestamp",
} as const;
