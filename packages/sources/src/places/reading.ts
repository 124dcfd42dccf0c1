import type { ImageReference, NamedReference } from "@countersign/engine/values/image-reference";
import { repositoryName } from "@countersign/engine/values/image-reference";
import type { ImageSource } from "@countersign/engine/verify/ports";
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
import type { RegistryClient } from "../registry/registry-client.ts";
import { openRegistryImage, type SignatureStores } from "../registry/registry-image-source.ts";
import { repositoryReader } from "../registry/repository-reader.ts";
import { type TokenCache, tokenCache } from "../registry/token-cache.ts";
import { type SignatureStorageOf, signatureStorageOf } from "../signature-places.ts";
import type { Timing } from "../timing.ts";
import type { Configuration } from "./place.ts";

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
  /** @param http - asks for what is kept elsewhere than in the registry */
  open(
    physical: ImageReference,
    client: RegistryClient,
    http: HttpClient,
    storage: SignatureStorageOf,
    signal: AbortSignal,
  ): Promise<ImageSource>;
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
    open(physical, client, http, { lookaside, sigstoreAttachments }, signal) {
      const stores: SignatureStores = {
        lookaside: (manifest, within) => readLookaside(lookaside, manifest, http, within),
        sigstoreAttachments,
      };
      return openRegistryImage(physical, repositoryReader(repositoryName(physical), client), stores, signal);
    },
    close: () => connections.close(),
  };
}
