import { join } from "node:path";
import { CountersignError } from "@countersign/engine/values/error";
import { quote } from "@countersign/engine/values/go-format";
import { type NamedReference, repositoryName } from "@countersign/engine/values/image-reference";
import type { UserEnvironment } from "../environment.ts";
import { readRegularFile } from "../files/read-file.ts";
import { type AuthFile, lookUpAuth, parseAuthFile } from "./auth-file.ts";
import type { AskHelper } from "./credential-helper.ts";
import type { RegistryCredentials } from "./credentials.ts";

/** The name by which registries.conf's `credential-helpers` means the files below, not a program. */
export const authFilesHelper = "containers-auth.json";

const maxAuthFileSize = 4 * 1024 * 1024;

export interface AuthFilePath {
  readonly path: string;
  readonly format: AuthFile["format"];
}

/**
 * Where credentials are looked for, first one first: the named file alone, or podman's of this session, podman's
 * of this user, Docker's, and Docker's of old.
 * Source: containers-auth.json(5), containers/image getAuthFilePaths.
 */
export function authFilePaths(
  environment: UserEnvironment,
  authFile: string | undefined,
): readonly AuthFilePath[] {
  if (authFile !== undefined) return [{ path: authFile, format: "json" }];
  const { home, uid, configHome, runtimeDir, dockerConfig, systemRoot } = environment;
  const session =
    runtimeDir === undefined
      ? join(systemRoot, "/run/containers", String(uid))
      : join(runtimeDir, "containers");
  return [
    { path: join(session, "auth.json"), format: "json" },
    { path: join(configHome, "containers/auth.json"), format: "json" },
    { path: join(dockerConfig ?? join(home, ".docker"), "config.json"), format: "json" },
    { path: join(home, ".dockercfg"), format: "dockercfg" },
  ];
}

/** Finds the credentials kept for a repository. Files are read anew each time: `podman login` counts at once. */
export interface CredentialFinder {
  find(image: NamedReference, signal: AbortSignal): Promise<RegistryCredentials | undefined>;
}

/**
 * @param helpers - registries.conf's `credential-helpers`, asked in order; the first answer counts, and failures
 *   matter only when there is none
 */
export function credentialFinder(
  paths: readonly AuthFilePath[],
  helpers: readonly string[],
  ask: AskHelper,
): CredentialFinder {
  return {
    async find(image, signal) {
      const failures: CountersignError[] = [];
      for (const helper of helpers) {
        try {
          const found =
            helper === authFilesHelper
              ? await findInFiles(paths, image, ask, signal)
              : await ask(helper, image.domain, signal);
          if (found !== undefined) return found;
        } catch (error) {
          const failure = CountersignError.from(error);
          if (failure.code !== "CREDENTIALS_UNREADABLE") throw failure;
          failures.push(failure);
        }
      }
      if (failures.length === 0) return undefined;
      const reasons = failures.map(({ message }) => message).join("; ");
      throw new CountersignError("CREDENTIALS_UNREADABLE", `getting username and password: ${reasons}`);
    },
  };
}

async function findInFiles(
  paths: readonly AuthFilePath[],
  image: NamedReference,
  ask: AskHelper,
  signal: AbortSignal,
): Promise<RegistryCredentials | undefined> {
  for (const { path, format } of paths) {
    const reading = await readRegularFile(path, maxAuthFileSize);
    if (reading.type === "missing") continue;
    if (reading.type !== "read") throw unreadable(path, reading.message);
    const found = await findInFile(reading.bytes, { path, format }, image, ask, signal);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A helper named for the host replaces what the file holds for it; Docker's store fills what it does not hold. */
async function findInFile(
  bytes: Uint8Array,
  { path, format }: AuthFilePath,
  image: NamedReference,
  ask: AskHelper,
  signal: AbortSignal,
): Promise<RegistryCredentials | undefined> {
  const file = explaining(path, `unmarshaling JSON at ${quote(path)}: `, () => parseAuthFile(bytes, format));
  const helper = file.credHelpers.get(image.domain);
  if (helper !== undefined) return ask(helper, image.domain, signal);
  const held = explaining(path, "", () => lookUpAuth(file, repositoryName(image)));
  if (held !== undefined || file.credsStore === undefined) return held;
  return askStore(file.credsStore, image.domain, ask, signal);
}

/**
 * containers/image knows nothing of Docker's store, and many a config.json names one that is not installed. So a
 * store that fails leaves us anonymous, as it leaves them, and a private registry then says so itself.
 */
async function askStore(
  store: string,
  host: string,
  ask: AskHelper,
  signal: AbortSignal,
): Promise<RegistryCredentials | undefined> {
  try {
    return await ask(store, storeKey(host), signal);
  } catch (error) {
    const failure = CountersignError.from(error);
    if (failure.code === "CREDENTIALS_UNREADABLE") return undefined;
    throw failure;
  }
}

/** Docker keeps its own registry under the address of the first API. */
function storeKey(host: string): string {
  return host === "docker.io" ? "https://index.docker.io/v1/" : host;
}

function explaining<T>(path: string, doing: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw unreadable(path, doing + CountersignError.from(error).message);
  }
}

function unreadable(path: string, why: string): CountersignError {
  return new CountersignError("CREDENTIALS_UNREADABLE", `reading JSON file ${quote(path)}: ${why}`);
}
