import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { CountersignError } from "@countersign/engine/values/error";
import type { UserEnvironment } from "../environment.ts";
import { dropInDirectories } from "../files/config-files.ts";
import { readRegularFile } from "../files/read-file.ts";
import { systemErrorText } from "../system-error.ts";

/** What a directory of containers-certs.d(5) holds for one host. */
export interface HostCertificates {
  /** PEM of CAs to trust besides the system's */
  readonly authorities: readonly Uint8Array[];
  /** what we show the host to say who we are */
  readonly identities: readonly ClientIdentity[];
}

export interface ClientIdentity {
  /** where the certificate was read, for messages */
  readonly path: string;
  readonly certificate: Uint8Array;
  readonly key: Uint8Array;
}

export const noCertificates: HostCertificates = { authorities: [], identities: [] };

const maxCertificateFile = 1024 * 1024;

/**
 * The directories that hold one directory per `host[:port]`: podman's, then Docker's.
 * Source: containers-certs.d(5).
 */
export function certsDirectories(environment: UserEnvironment): readonly string[] {
  return [
    ...dropInDirectories(environment, "certs", ".d"),
    join(environment.systemRoot, "/etc/docker/certs.d"),
  ];
}

/**
 * Reads the first directory that exists for `host` (`docker.io`, `localhost:5000`); the others are not looked at.
 * `*.crt` are CAs; `x.cert` and `x.key` belong together.
 * Source: containers/image pkg/tlsclientconfig.
 * @throws CountersignError CONFIG_INVALID, in the reference's words for half a pair
 */
export async function readHostCertificates(
  directories: readonly string[],
  host: string,
): Promise<HostCertificates> {
  for (const directory of directories) {
    const path = join(directory, host);
    const names = await listDirectory(path);
    if (names !== undefined) return readPairs(path, names);
  }
  return noCertificates;
}

/** Undefined when there is none; what we may not look at counts as none, as in the reference. */
async function listDirectory(path: string): Promise<readonly string[] | undefined> {
  try {
    return (await readdir(path)).sort();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "EACCES" || code === "EPERM") return undefined;
    throw invalid(`open ${path}: ${systemErrorText(error)}`);
  }
}

async function readPairs(directory: string, names: readonly string[]): Promise<HostCertificates> {
  const authorities: Uint8Array[] = [];
  const identities: ClientIdentity[] = [];
  for (const name of names) {
    const path = join(directory, name);
    if (name.endsWith(".crt")) authorities.push(await read(path));
    if (name.endsWith(".cert")) {
      const keyName = name.replace(/cert$/, "key");
      if (!names.includes(keyName)) {
        throw invalid(
          `missing key ${keyName} for client certificate ${name}. Note that CA certificates should use the extension .crt`,
        );
      }
      identities.push({ path, certificate: await read(path), key: await read(join(directory, keyName)) });
    }
    if (name.endsWith(".key") && !names.includes(name.replace(/key$/, "cert"))) {
      throw invalid(`missing client certificate ${name.replace(/key$/, "cert")} for key ${name}`);
    }
  }
  return { authorities, identities };
}

async function read(path: string): Promise<Uint8Array> {
  const reading = await readRegularFile(path, maxCertificateFile);
  if (reading.type !== "read") throw invalid(reading.message);
  return reading.bytes;
}

function invalid(message: string): CountersignError {
  return new CountersignError("CONFIG_INVALID", message);
}
