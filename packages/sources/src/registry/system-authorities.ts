import { join } from "node:path";
import { readRegularFile } from "../files/read-file.ts";

/** Where distributions keep the CAs that the whole system trusts. Source: Go's crypto/x509 root_linux.go. */
const bundles = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/ca-bundle.pem",
  "/etc/pki/tls/cacert.pem",
  "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
  "/etc/ssl/cert.pem",
];

const maxBundleSize = 8 * 1024 * 1024;

/**
 * The CAs of the system, as PEM. Node brings its own list, which knows nothing of a company's CA; it serves only
 * where the system has none, as in a container image of one program.
 */
export async function readSystemAuthorities(
  caBundle: string | undefined,
  systemRoot: string,
): Promise<readonly (string | Uint8Array)[]> {
  const paths = caBundle === undefined ? bundles.map((path) => join(systemRoot, path)) : [caBundle];
  for (const path of paths) {
    const reading = await readRegularFile(path, maxBundleSize);
    if (reading.type === "read") return [reading.bytes];
  }
  const { rootCertificates } = await import("node:tls");
  return rootCertificates;
}
