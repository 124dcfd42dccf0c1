import { mkdir, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

/** The files by which a node's administrator says what may run, and where signatures lie. */
export interface TrustFiles {
  readonly policy: string;
  /** Holds `<namespace>.json`. */
  readonly policyDirectory: string;
  readonly registriesConf: string;
  readonly registriesD: string;
  /** Directories of hosts.toml, where images are looked for instead of by registries.conf. */
  readonly registryConfigPath?: string;
  /** Which namespaces' policies are there; where nobody but an administrator brings them, nothing says so. */
  readonly knownNamespaces?: string;
}

/** A policy as its JSON; text where the point is that it is none. */
export type PolicyFile = object | string;

/** Writes the files for local registries: plain HTTP, signatures beside the images. */
export async function writeTrustFiles(
  directory: string,
  registries: readonly string[],
  policy: PolicyFile,
): Promise<TrustFiles> {
  const files: TrustFiles = {
    policy: join(directory, "policy.json"),
    policyDirectory: join(directory, "policies"),
    registriesConf: join(directory, "registries.conf"),
    registriesD: join(directory, "registries.d"),
  };
  await mkdir(files.policyDirectory, { recursive: true });
  await mkdir(files.registriesD, { recursive: true });
  await writePolicy(files.policy, policy);
  const plainHttp = registries.map((registry) => `[[registry]]\nlocation = "${registry}"\ninsecure = true\n`);
  await writeFile(files.registriesConf, plainHttp.join(""));
  await writeFile(
    join(files.registriesD, "attachments.yaml"),
    "default-docker:\n  use-sigstore-attachments: true\n",
  );
  return files;
}

/** Replaces a policy file as an editor or a controller does: the reader sees the old file or the new one. */
export async function writePolicy(file: string, policy: PolicyFile): Promise<void> {
  const next = join(dirname(file), ".next");
  await writeFile(next, typeof policy === "string" ? policy : JSON.stringify(policy));
  await rename(next, file);
}

export const acceptAnything = { type: "insecureAcceptAnything" };

/** A signature by this key, under the name that is asked for. */
export function signedBy(key: { readonly publicKey: string }): object {
  return { type: "sigstoreSigned", keyPath: key.publicKey };
}

/** Everything passes but what these scopes of the docker transport say. */
export function policyFor(scopes: Readonly<Record<string, readonly object[]>>): object {
  return { default: [acceptAnything], transports: { docker: scopes } };
}
