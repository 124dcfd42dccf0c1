import type { Digest } from "@countersign/engine/values/digest";
import { CountersignError } from "@countersign/engine/values/error";
import { formatImageName } from "@countersign/engine/values/format-image-name";
import { type ImageReference, repositoryName } from "@countersign/engine/values/image-reference";
import type { LocatedImage } from "@countersign/engine/values/located-image";
import type { ImageSource, ImageSourceOpener, TrustFiles } from "@countersign/engine/verify/ports";
import { certsDirectories, readHostCertificates } from "./containers-config/certs-d.ts";
import { registriesConfLoader } from "./containers-config/load-registries-conf.ts";
import { registriesDLoader } from "./containers-config/load-registries-d.ts";
import { type ShortNameResolver, shortNameResolver } from "./containers-config/load-short-names.ts";
import { findRegistry, type PullSource, pullSources } from "./containers-config/pull-sources.ts";
import type { RegistriesConf } from "./containers-config/registries-conf.ts";
import type { RegistriesD } from "./containers-config/registries-d.ts";
import { helperPrograms } from "./credentials/credential-helper.ts";
import type { RegistryCredentials } from "./credentials/credentials.ts";
import { authFilePaths, credentialFinder } from "./credentials/find-credentials.ts";
import type { UserEnvironment } from "./environment.ts";
import { trustFiles } from "./files/trust-files.ts";
import { readLookaside } from "./lookaside/read-lookaside.ts";
import { localSignaturePlaces, openLocalImage } from "./open-local-image.ts";
import { openConnections } from "./registry/connections.ts";
import { greetings, registryServer } from "./registry/greeting.ts";
import { httpClient } from "./registry/http-client.ts";
import { openFirst } from "./registry/open-first.ts";
import { registryClient } from "./registry/registry-client.ts";
import { openRegistryImage, type SignatureStores } from "./registry/registry-image-source.ts";
import { repositoryReader } from "./registry/repository-reader.ts";
import { tokenCache } from "./registry/token-cache.ts";
import { type SignaturePlace, signaturePlaces, signatureStorageOf } from "./signature-places.ts";
import { systemTiming, type Timing } from "./timing.ts";

/** Where configuration comes from. A path left undefined means the container tools' own search. */
export interface SourcesConfig {
  readonly environment: UserEnvironment;
  /** the main registries.conf, which then must exist; its drop-ins are read all the same */
  readonly registriesConf: string | undefined;
  /** the one registries.d directory to read */
  readonly registriesD: string | undefined;
  /** the one file to look for credentials in */
  readonly authfile: string | undefined;
}

/** Fills the engine's ports. Keeps connections, tokens and parsed configuration between questions. */
export interface Sources {
  /** @param credentials - from the call; they count for the registry an image names, and instead of any file */
  imageSources(credentials?: RegistryCredentials): ImageSourceOpener;
  readonly trustFiles: TrustFiles;
  /** What names mean by the same registries.conf. */
  readonly shortNames: ShortNameResolver;
  /**
   * Where signatures of one of the image's manifests are looked for, at every place it may be read from. For
   * explanations; opening an image finds out by itself.
   * @throws CountersignError CONFIG_INVALID
   */
  signaturePlaces(image: LocatedImage, manifest: Digest): Promise<readonly SignaturePlace[]>;
  /** Ends all connections. Questions still open fail. */
  close(): Promise<void>;
}

export function openSources(config: SourcesConfig, timing: Timing = systemTiming): Sources {
  const { environment } = config;
  const connections = openConnections(environment);
  const memory = { greetings: greetings(timing.now), tokens: tokenCache(timing.now) };
  const registriesConf = registriesConfLoader(environment, config.registriesConf);
  const loadRegistriesD = registriesDLoader(environment, config.registriesD);
  const certificates = certsDirectories(environment);
  const authFiles = authFilePaths(environment, config.authfile);
  const askHelper = helperPrograms(timing);

  const openOne = async (
    { physical, insecure }: PullSource,
    given: RegistryCredentials | undefined,
    conf: RegistriesConf,
    storage: RegistriesD,
    signal: AbortSignal,
  ): Promise<ImageSource> => {
    const name = repositoryName(physical);
    const finder = credentialFinder(authFiles, conf.credentialHelpers, askHelper);
    const credentials = given ?? (await finder.find(physical, signal));
    const { lookaside, sigstoreAttachments } = signatureStorageOf(storage, physical, environment);
    const trust = {
      certificates: await readHostCertificates(certificates, physical.domain),
      skipVerify: insecure,
    };
    const entry = findRegistry(conf, name);
    if (entry?.blocked) {
      throw new CountersignError(
        "CONFIG_INVALID",
        `registry ${entry.prefix} is blocked in one of ${registriesConf.description}`,
      );
    }
    const http = httpClient(connections, trust, timing);
    const client = registryClient({ ...physical, insecure }, credentials, http, memory);
    const stores: SignatureStores = {
      lookaside: (manifest, within) => readLookaside(lookaside, manifest, http, within),
      sigstoreAttachments,
    };
    return openRegistryImage(physical, repositoryReader(name, client), stores, signal);
  };

  const open = async (
    image: ImageReference,
    given: RegistryCredentials | undefined,
    signal: AbortSignal,
  ): Promise<ImageSource> => {
    const storage = await loadRegistriesD();
    const conf = await loading(registriesConf.load);
    return openFirst(pullSources(conf, image), (source) => {
      // A mirror elsewhere has no business with credentials meant for the registry that was named.
      const credentials = source.physical.domain === image.domain ? given : undefined;
      return openOne(source, credentials, conf, storage, signal);
    });
  };

  return {
    imageSources: (credentials) => ({
      async open(image, signal) {
        if (image.transport !== "docker") return openLocalImage(image, signal);
        try {
          return await open(image.reference, credentials, signal);
        } catch (caught) {
          const { code, message } = CountersignError.from(caught);
          const place = formatImageName(image);
          throw new CountersignError(code, `initializing source ${place}: ${message}`, { cause: caught });
        }
      },
    }),
    trustFiles,
    shortNames: shortNameResolver(environment, registriesConf),
    async signaturePlaces(image, manifest) {
      if (image.transport !== "docker") return localSignaturePlaces(image);
      const registriesD = await loadRegistriesD();
      const conf = await loading(registriesConf.load);
      return pullSources(conf, image.reference).flatMap(({ physical, insecure }) => {
        const greeting = memory.greetings.known(registryServer(physical.domain, insecure));
        const storage = signatureStorageOf(registriesD, physical, environment);
        return signaturePlaces(physical, manifest, storage, greeting?.listsSignatures ?? false);
      });
    },
    close: () => connections.close(),
  };
}

async function loading<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (caught) {
    const { code, message } = CountersignError.from(caught);
    throw new CountersignError(code, `loading registries configuration: ${message}`, { cause: caught });
  }
}
