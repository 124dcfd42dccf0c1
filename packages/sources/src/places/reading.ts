import type { ImageReference, NamedReference } from "@countersign/engine/values/image-reference";
import { repositoryName } from "@countersign/engine/values/image-reference";
import type { ImageSource } from "@countersign/engine/verify/ports";
import type { AttachmentStore } from "../attachments/attachment-store.ts";
import {
  certsDirectories,
  type HostCertificates,
  readHostCertificates,
} from "../containers-config/certs-d.ts";
import { helperPrograms } from "../credentials/credential-helper.ts";
import type { RegistryCredentials } from "../credentials/credentials.ts";
import { authFilePaths, credentialFinder } from "../credentials/find-credentials.ts";
import type { UserEnvironment } from "../environment.ts";
import { readLookaside } from "../lookaside/read-lookaside.ts";
import { type ConnectionTerms, openConnections } from "../registry/connections.ts";
import { type EndpointMemory, endpointMemory } from "../registry/endpoint-memory.ts";
import { type Greetings, greetings } from "../registry/greeting.ts";
import { type HttpClient, httpClient } from "../registry/http-client.ts";
import { noReferrersMemory, referrersMemory } from "../registry/referrers-memory.ts";
import type { RegistryClient } from "../registry/registry-client.ts";
import { openRegistryImage, type SignatureStores } from "../registry/registry-image-source.ts";
import { repositoryReader } from "../registry/repository-reader.ts";
import { type TokenCache, tokenCache } from "../registry/token-cache.ts";
import { type SignatureStorageOf, signatureStorageOf } from "../signature-places.ts";
import type { Timing } from "../timing.ts";
import type { Configuration } from "./place.ts";

/** How a place is asked. */
export interface Connection {
  readonly client: RegistryClient;
  /** asks for what is kept elsewhere than in the registry */
  readonly lookaside: HttpClient;
  readonly storage: SignatureStorageOf;
}

/** What reading an image takes wherever it is: connections, memory between questions, this user's files. */
export interface Reading {
  readonly memory: {
    readonly greetings: Greetings;
    readonly endpoints: EndpointMemory;
    readonly tokens: TokenCache;
  };
  http(terms: ConnectionTerms, attempts?: number): HttpClient;
  /** what containers-certs.d(5) has for a host */
  certificates(host: string): Promise<HostCertificates>;
  /** what is kept for an image where it is read from, or for a repository */
  credentials(
    physical: NamedReference,
    configuration: Pick<Configuration, "conf">,
    signal: AbortSignal,
  ): Promise<RegistryCredentials | undefined>;
  /** @throws CountersignError CONFIG_INVALID when registries.d has an address for the image that is none */
  storage(physical: ImageReference, configuration: Configuration): SignatureStorageOf;
  open(physical: ImageReference, connection: Connection, signal: AbortSignal): Promise<ImageSource>;
  /** the repository that has it there, for what is attached to an image elsewhere */
  repository(physical: ImageReference, connection: Connection): AttachmentStore;
  /** Ends all connections. */
  close(): Promise<void>;
}

/** @param authfile - the one file to look for credentials in; undefined: the container tools' own search */
export function openReading(
  environment: UserEnvironment,
  authfile: string | undefined,
  timing: Timing,
): Reading {
  const connections = openConnections(environment);
  const directories = certsDirectories(environment);
  const authFiles = authFilePaths(environment, authfile);
  const askHelper = helperPrograms(timing);
  const referrers = referrersMemory(timing.now);
  return {
    memory: {
      greetings: greetings(timing.now),
      endpoints: endpointMemory(timing.now),
      tokens: tokenCache(timing.now),
    },
    http: (terms, attempts) => httpClient(connections, terms, timing, attempts),
    certificates: (host) => readHostCertificates(directories, host),
    credentials: (physical, { conf }, signal) =>
      credentialFinder(authFiles, conf.credentialHelpers, askHelper).find(physical, signal),
    storage: (physical, { registriesD }) => signatureStorageOf(registriesD, physical, environment),
    open(physical, { client, lookaside: http, storage }, signal) {
      const stores: SignatureStores = {
        lookaside: (manifest, within) => readLookaside(storage.lookaside, manifest, http, within),
        sigstoreAttachments: storage.sigstoreAttachments,
      };
      const reader = repositoryReader(repositoryName(physical), client, referrers);
      return openRegistryImage(physical, reader, stores, signal);
    },
    repository: (physical, { client }) =>
      repositoryReader(repositoryName(physical), client, noReferrersMemory),
    close: () => connections.close(),
  };
}
