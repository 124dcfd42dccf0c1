import { join } from "node:path";
import { CountersignError } from "@countersign/engine/values/error";
import { textOf } from "../files/config-files.ts";
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
  const kept = new Map<string, { readonly text: string; readonly parsed: HostDirectory }>();

  const parse = async (text: string, path: string, directory: string): Promise<HostDirectory> => {
    try {
      const { parseHostsFile } = await import("./hosts-file.ts");
      return { hosts: parseHostsFile(text, directory), broken: undefined };
    } catch (caught) {
      const error = CountersignError.from(caught);
      if (error.code !== "CONFIG_INVALID") throw error;
      return { hosts: [await findCertificateFiles(directory)], broken: { path, error } };
    }
  };
  return async (namespace) => {
    const directory = await findHostDirectory(roots, namespace);
    if (directory === undefined) return { hosts: [unconfiguredHost], broken: undefined };
    const path = join(directory, "hosts.toml");
    const reading = await readRegularFile(path, maxFileSize);
    const text = reading.type === "missing" ? "" : textOf(path, reading);
    if (text === "") return { hosts: [await findCertificateFiles(directory)], broken: undefined };
    const known = kept.get(path);
    if (known?.text === text) return known.parsed;
    const parsed = await parse(text, path, directory);
    kept.delete(path);
    // What hangs on other files than this one is read again.
    if (parsed.broken === undefined) kept.set(path, { text, parsed });
    const [oldest] = kept.keys();
    if (kept.size > maxKept && oldest !== undefined) kept.delete(oldest);
    return parsed;
  };
}
