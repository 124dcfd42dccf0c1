import { join } from "node:path";
import { CountersignError } from "@countersign/engine/values/error";
import { readRegularFile } from "../files/read-file.ts";
import { findCertificateFiles } from "./certificate-files.ts";
import { type ConfiguredHost, unconfiguredHost } from "./configured-host.ts";
import { findHostDirectory } from "./host-directory.ts";

/** What is configured for one registry now. */
export interface HostDirectory {
  /** the last one is the registry itself when it has no address */
  readonly hosts: readonly ConfiguredHost[];
  /** a hosts.toml that containerd cannot read either, and therefore passes over */
  readonly broken: { readonly path: string; readonly error: CountersignError } | undefined;
}

/** Far more than any hosts.toml needs. */
const maxFileSize = 1024 * 1024;
/** Parsed files that are kept: as many as a node has registries. */
const maxKept = 256;

/**
 * Reads what is configured for a registry, anew at each question, as containerd does at each pull; what did not change
 * is not parsed again.
 * Source: containerd core/remotes/docker/config, loadHostDir.
 * @param roots - the directories of containerd's `config_path`
 */
export function hostDirectories(roots: readonly string[]): (namespace: string) => Promise<HostDirectory> {
  const kept = new Map<string, { readonly bytes: Uint8Array; readonly hosts: readonly ConfiguredHost[] }>();

  const parse = async (bytes: Uint8Array, path: string, directory: string): Promise<HostDirectory> => {
    const known = kept.get(path);
    if (known !== undefined && Buffer.compare(known.bytes, bytes) === 0) return whole(known.hosts);
    kept.delete(path);
    try {
      const { parseHostsFile } = await import("./hosts-file.ts");
      const hosts = parseHostsFile(decode(bytes), directory);
      kept.set(path, { bytes, hosts });
      const [oldest] = kept.keys();
      if (kept.size > maxKept && oldest !== undefined) kept.delete(oldest);
      return whole(hosts);
    } catch (caught) {
      const error = CountersignError.from(caught);
      if (error.code !== "CONFIG_INVALID") throw error;
      return { hosts: [await findCertificateFiles(directory)], broken: { path, error } };
    }
  };
  return async (namespace) => {
    const directory = await findHostDirectory(roots, namespace);
    if (directory === undefined) return whole([unconfiguredHost]);
    const path = join(directory, "hosts.toml");
    const reading = await readRegularFile(path, maxFileSize);
    if (reading.type === "read" && reading.bytes.length > 0) return parse(reading.bytes, path, directory);
    if (reading.type === "failed") throw new CountersignError("CONFIG_INVALID", reading.message);
    return whole([await findCertificateFiles(directory)]);
  };
}

function whole(hosts: readonly ConfiguredHost[]): HostDirectory {
  return { hosts, broken: undefined };
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new CountersignError("CONFIG_INVALID", "toml: the file is not UTF-8");
  }
}
