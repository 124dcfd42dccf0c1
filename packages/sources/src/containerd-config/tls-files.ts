import { X509Certificate } from "node:crypto";
import { nextPemBlock, pemText } from "@countersign/engine/signature/pem";
import { CountersignError } from "@countersign/engine/values/error";
import { quote } from "@countersign/engine/values/go-format";
import type { HostCertificates } from "../containers-config/certs-d.ts";
import { readRegularFile } from "../files/read-file.ts";
import type { HostTlsFiles } from "./configured-host.ts";

const maxFileSize = 1024 * 1024;

/**
 * Reads the certificates that a host's configuration names.
 * Source: containerd core/remotes/docker/config, updateTLSConfigFromHost.
 * @throws CountersignError CONFIG_INVALID when one cannot be read: containerd does not pull then, from any host
 */
export async function readTlsFiles({
  authorities = [],
  identities = [],
}: HostTlsFiles): Promise<HostCertificates> {
  const read: { authorities: Uint8Array[]; identities: HostCertificates["identities"][number][] } = {
    authorities: [],
    identities: [],
  };
  for (const path of authorities) {
    const certificates = certificatesIn(await readFile(path, "CA cert"));
    if (certificates.length === 0) throw invalid(`unable to load CA cert ${quote(path)}`);
    read.authorities.push(...certificates);
  }
  for (const { certificate: path, key } of identities) {
    const certificate = await readFile(path, "CERT file");
    read.identities.push({ path, certificate, key: await readFile(key, "CERT file") });
  }
  return read;
}

/** Each readable certificate by itself: what cannot be read among them is passed over, as in Go's AppendCertsFromPEM. */
function certificatesIn(bytes: Uint8Array): readonly Uint8Array[] {
  const certificates: Uint8Array[] = [];
  for (let found = nextPemBlock(pemText(bytes)); found !== undefined; found = nextPemBlock(found.rest)) {
    const { label, hasHeaders, bytes: der } = found.block;
    if (label !== "CERTIFICATE" || hasHeaders) continue;
    try {
      certificates.push(Buffer.from(new X509Certificate(der).toString()));
    } catch {}
  }
  return certificates;
}

async function readFile(path: string, what: string): Promise<Uint8Array> {
  const reading = await readRegularFile(path, maxFileSize);
  if (reading.type !== "read") throw invalid(`unable to read ${what} ${quote(path)}: ${reading.message}`);
  return reading.bytes;
}

function invalid(message: string): CountersignError {
  return new CountersignError("CONFIG_INVALID", message);
}
