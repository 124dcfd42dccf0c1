import { readdir, readlink } from "node:fs/promises";
import { join } from "node:path";
import type { UserEnvironment } from "../environment.ts";
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

/** Where there is no bundle. */
const directories = ["/etc/ssl/certs", "/etc/pki/tls/certs"];

const maxBundleSize = 8 * 1024 * 1024;
/** Of one directory: a system has some hundreds. */
const maxFiles = 5000;

/**
 * The CAs of the system, as PEM: `$SSL_CERT_FILE` or the distribution's bundle, and what `$SSL_CERT_DIR` holds besides.
 * Go reads the distribution's directories as well, which hold what its bundle holds: we do where there is no bundle.
 * Node brings its own list, which knows nothing of a company's CA; it serves only where the system has none, as in a
 * container image of one program.
 */
export async function readSystemAuthorities({
  caBundle,
  caDirectories,
  systemRoot,
}: Pick<UserEnvironment, "caBundle" | "caDirectories" | "systemRoot">): Promise<
  readonly (string | Uint8Array)[]
> {
  const bundle = await readBundle(caBundle === undefined ? bundles.map(below(systemRoot)) : [caBundle]);
  const places =
    caDirectories.length > 0 || bundle.length > 0 ? caDirectories : directories.map(below(systemRoot));
  const found = [...bundle];
  for (const place of places) found.push(...(await readDirectory(place)));
  if (found.length > 0) return found;
  const { rootCertificates } = await import("node:tls");
  return rootCertificates;
}

function below(root: string): (path: string) => string {
  return (path) => join(root, path);
}

async function readBundle(paths: readonly string[]): Promise<readonly Uint8Array[]> {
  for (const path of paths) {
    const reading = await readRegularFile(path, maxBundleSize);
    if (reading.type === "read") return [reading.bytes];
  }
  return [];
}

/** What cannot be read is passed over, as in Go. */
async function readDirectory(directory: string): Promise<readonly Uint8Array[]> {
  const names = await readdir(directory).catch(() => []);
  const read: Uint8Array[] = [];
  for (const name of names.sort().slice(0, maxFiles)) {
    const path = join(directory, name);
    if (await isSecondName(path)) continue;
    const reading = await readRegularFile(path, maxBundleSize);
    if (reading.type === "read") read.push(reading.bytes);
  }
  return read;
}

/** OpenSSL wants each CA also by its hash: a link to a file of the same directory. */
async function isSecondName(path: string): Promise<boolean> {
  return !(await readlink(path).catch(() => "/")).includes("/");
}
