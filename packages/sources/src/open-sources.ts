import type { Digest } from "@countersign/engine/values/digest";
import { CountersignError } from "@countersign/engine/values/error";
import { formatImageName } from "@countersign/engine/values/format-image-name";
import {
  formatReference,
  type ImageReference,
  type NamedReference,
  repositoryName,
  toImageReference,
} from "@countersign/engine/values/image-reference";
import type { LocatedImage } from "@countersign/engine/values/located-image";
import type {
  ImageSource,
  ImageSourceOpener,
  TrustFiles,
  TrustRepositories,
} from "@countersign/engine/verify/ports";
import { attachmentTag } from "./attachments/attachment-tag.ts";
import { registriesConfLoader } from "./containers-config/load-registries-conf.ts";
import { registriesDLoader } from "./containers-config/load-registries-d.ts";
import { type ShortNameResolver, shortNameResolver } from "./containers-config/load-short-names.ts";
import type { CallCredentials } from "./credentials/call-credentials.ts";
import type { UserEnvironment } from "./environment.ts";
import { trustFiles } from "./files/trust-files.ts";
import { localSignaturePlaces, openLocalImage } from "./open-local-image.ts";
import { containerdPlaces } from "./places/containerd-places.ts";
import { openFirst } from "./places/open-first.ts";
import type { Configuration } from "./places/place.ts";
import { readElsewhere } from "./places/read-elsewhere.ts";
import { openReading } from "./places/reading.ts";
import { registriesConfPlaces } from "./places/registries-conf-places.ts";
import { type SignaturePlace, signaturePlaces, signatureStorageOf } from "./signature-places.ts";
import { systemTiming, type Timing } from "./timing.ts";
import { metadataDirectory } from "./trust-repositories/metadata-directory.ts";
import { openTrustRepositories } from "./trust-repositories/open-trust-repositories.ts";

/** Where configuration comes from. A path left undefined means the container tools' own search. */
export interface SourcesConfig {
  readonly environment: UserEnvironment;
  /** the main registries.conf, which then must exist; its drop-ins are read all the same */
  readonly registriesConf: string | undefined;
  /** the one registries.d directory to read */
  readonly registriesD: string | undefined;
  /** the one file to look for credentials in */
  readonly authfile: string | undefined;
  /** the directories of containerd's `config_path`: images are then looked for where containerd would, not by registries.conf */
  readonly registryConfigPath?: readonly string[] | undefined;
  /** where what was read of TUF repositories is kept between processes; undefined: nowhere */
  readonly trustDir?: string | undefined;
}

/** What operators should hear of. */
export interface SourcesEvents {
  /** a TUF repository has nothing newer to give, and what is kept of it serves until it expires */
  staleTrust(mirror: string, error: CountersignError): void;
  /** what is kept of TUF repositories cannot be read or written */
  trustNotKept(path: string, error: unknown): void;
}

const nobodyHears: SourcesEvents = { staleTrust() {}, trustNotKept() {} };

/** Fills the engine's ports. Keeps connections, tokens and parsed configuration between questions. */
export interface Sources {
  /** @param call - credentials that came with it; they count for the registry an image names, and instead of any file */
  imageSources(call?: CallCredentials): ImageSourceOpener;
  readonly trustFiles: TrustFiles;
  readonly trustRepositories: TrustRepositories;
  /** What names mean by the same registries.conf. */
  readonly shortNames: ShortNameResolver;
  /**
   * Where signatures of one of the image's manifests are looked for, at every place it may be read from. For
   * explanations; opening an image finds out by itself.
   * @param readsBundles - whether the policy has a requirement that does
   * @param physical - what the source that was opened says it is: only there, then
   * @throws CountersignError CONFIG_INVALID
   */
  signaturePlaces(
    image: LocatedImage,
    manifest: Digest,
    readsBundles: boolean,
    physical?: string,
  ): Promise<readonly SignaturePlace[]>;
  /** Ends all connections. Questions still open fail. */
  close(): Promise<void>;
}

export function openSources(
  config: SourcesConfig,
  timing: Timing = systemTiming,
  events: SourcesEvents = nobodyHears,
): Sources {
  const { environment } = config;
  const reading = openReading(environment, config.authfile, timing);
  const registriesConf = registriesConfLoader(environment, config.registriesConf);
  const loadRegistriesD = registriesDLoader(environment, config.registriesD);
  const { description } = registriesConf;
  const finder =
    config.registryConfigPath === undefined
      ? registriesConfPlaces(reading, description)
      : containerdPlaces(reading, config.registryConfigPath, description);

  const configured = async (): Promise<Configuration> => {
    const registriesD = await loadRegistriesD();
    return { registriesD, conf: await loading(registriesConf.load) };
  };

  /** Credentials that came for an image's registry are for that one: a policy may name any other. */
  const withElsewhere = (
    source: ImageSource,
    own: ImageReference | undefined,
    call: CallCredentials | undefined,
  ): ImageSource => ({
    ...source,
    async attachments(query, signal) {
      const { repository, tagPrefix } = query.place;
      if (repository === undefined || isSameRepository(repository, own)) {
        return await source.attachments(query, signal);
      }
      const { domain, path } = repository;
      const tag = attachmentTag(query.subject, "", tagPrefix);
      const named = toImageReference({ domain, path, tag, digest: undefined });
      const theirs = domain === own?.domain ? call : undefined;
      return await readElsewhere(await finder.find(named, await configured(), theirs), query, signal);
    },
  });

  return {
    imageSources: (call) => ({
      async open(image, signal) {
        if (image.transport !== "docker") {
          return withElsewhere(await openLocalImage(image, signal), undefined, undefined);
        }
        try {
          const places = await finder.find(image.reference, await configured(), call);
          return withElsewhere(await openFirst(places, signal), image.reference, call);
        } catch (caught) {
          const { code, message } = CountersignError.from(caught);
          const place = formatImageName(image);
          throw new CountersignError(code, `initializing source ${place}: ${message}`, { cause: caught });
        }
      },
    }),
    trustFiles,
    trustRepositories: openTrustRepositories(
      reading.http({ certificates: { authorities: [], identities: [] }, skipVerify: false }, 2),
      config.trustDir === undefined
        ? undefined
        : metadataDirectory(config.trustDir, timing.now, events.trustNotKept),
      timing,
      events.staleTrust,
    ),
    shortNames: shortNameResolver(environment, registriesConf),
    async signaturePlaces(image, manifest, readsBundles, opened) {
      if (image.transport !== "docker") return localSignaturePlaces(image, manifest, readsBundles);
      const configuration = await configured();
      const { places } = await finder.find(image.reference, configuration, undefined);
      return places.flatMap(({ physical, listsSignatures }) => {
        if (opened !== undefined && formatReference(physical) !== opened) return [];
        const storage = signatureStorageOf(configuration.registriesD, physical, environment);
        return signaturePlaces(physical, manifest, storage, listsSignatures, readsBundles);
      });
    },
    close: () => reading.close(),
  };
}

function isSameRepository(name: NamedReference, own: ImageReference | undefined): boolean {
  return own !== undefined && repositoryName(name) === repositoryName(own);
}

async function loading<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (caught) {
    const { code, message } = CountersignError.from(caught);
    throw new CountersignError(code, `loading registries configuration: ${message}`, { cause: caught });
  }
}
