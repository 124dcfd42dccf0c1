import { type NamedReference, repositoryName } from "@countersign/engine/values/image-reference";
import { registriesConfLoader } from "./containers-config/load-registries-conf.ts";
import { findRegistry } from "./containers-config/pull-sources.ts";
import { primaryOf } from "./containers-config/registries-conf.ts";
import type { SourcesConfig } from "./open-sources.ts";
import { refuseBlocked } from "./places/blocked.ts";
import { openReading } from "./places/reading.ts";
import { type BlobStream, blobStream } from "./registry/blob-stream.ts";
import { noReferrersMemory } from "./registry/referrers-memory.ts";
import { registryClient } from "./registry/registry-client.ts";
import { type RepositoryReader, repositoryReader } from "./registry/repository-reader.ts";
import { type RepositoryWriter, repositoryWriter } from "./registry/repository-writer.ts";
import { systemTiming, type Timing } from "./timing.ts";

/** A repository in the registry that its name says: what is brought there has to be read there again. */
export interface OpenRepository extends RepositoryReader, RepositoryWriter, BlobStream {}

/** Opens repositories themselves, past any mirror. */
export interface Repositories {
  /**
   * @param access - what it is opened for; whoever only reads is not asked for the right to write
   * @throws CountersignError CONFIG_INVALID, CREDENTIALS_UNREADABLE; a registry is not asked yet
   */
  open(name: NamedReference, access: "read" | "write", signal: AbortSignal): Promise<OpenRepository>;
  /** Ends all connections. */
  close(): Promise<void>;
}

/**
 * By the same files as {@link openSources}. registries.conf says who is blocked and who may be talked to insecurely; its
 * mirrors and locations are for pulling, and nothing is pushed to them.
 * Source: containers/image docker/docker_image_dest.go, newImageDestination.
 */
export function openRepositories(
  { environment, authfile, registriesConf }: SourcesConfig,
  timing: Timing = systemTiming,
): Repositories {
  const reading = openReading(environment, authfile, timing);
  const loader = registriesConfLoader(environment, registriesConf);
  return {
    async open(image, access, signal) {
      const conf = await loader.load();
      const name = repositoryName(image);
      refuseBlocked(conf, name, loader.description);
      const entry = findRegistry(conf, name);
      const insecure = entry !== undefined && primaryOf(entry).insecure;
      const credentials = await reading.credentials(image, { conf }, signal);
      const certificates = await reading.certificates(image.domain);
      const http = reading.http({ certificates, skipVerify: insecure });
      const repository = { domain: image.domain, path: image.path, insecure };
      const actions = access === "write" ? "pull,push" : "pull";
      const client = registryClient(repository, credentials, http, reading.memory, actions);
      return {
        ...repositoryReader(name, client, noReferrersMemory),
        ...repositoryWriter(name, client, timing),
        ...blobStream(name, client),
      };
    },
    close: () => reading.close(),
  };
}
