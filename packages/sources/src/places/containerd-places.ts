import { CountersignError } from "@countersign/engine/values/error";
import { quote } from "@countersign/engine/values/go-format";
import { type ImageReference, repositoryName } from "@countersign/engine/values/image-reference";
import type { ConfiguredHost } from "../containerd-config/configured-host.ts";
import { hostDirectories } from "../containerd-config/host-directories.ts";
import {
  registryName,
  schemesOf,
  standsInFor,
  withRegistryItself,
} from "../containerd-config/registry-host.ts";
import { readTlsFiles } from "../containerd-config/tls-files.ts";
import type { HostCertificates } from "../containers-config/certs-d.ts";
import { type CallCredentials, credentialsFor } from "../credentials/call-credentials.ts";
import type { RegistryCredentials } from "../credentials/credentials.ts";
import { type ApiEndpoint, apiRoots } from "../registry/api-endpoint.ts";
import { confidentialHeaders, sendingHeaders } from "../registry/configured-headers.ts";
import { endpointClient } from "../registry/endpoint-client.ts";
import { refuseBlocked } from "./blocked.ts";
import type { Configuration, Place, PlaceFinder } from "./place.ts";
import type { Connection, Reading } from "./reading.ts";

/**
 * The places of containerd's own configuration, in its order: the hosts of hosts.toml that may be asked, then the
 * registry itself. registries.conf keeps its say in one thing: what it blocks is blocked.
 *
 * Whoever pulls afterwards may take the image from another of them, because it asks for the digest that was verified.
 * Source: containerd core/remotes/docker, resolver.go, Resolve.
 * @param roots - the directories of `config_path`
 * @param description - where registries.conf is looked for, for messages
 */
export function containerdPlaces(
  reading: Reading,
  roots: readonly string[],
  description: string,
): PlaceFinder {
  const read = hostDirectories(roots);
  return {
    async find(image, configuration, call) {
      refuseBlocked(configuration.conf, repositoryName(image), description);
      const { hosts, broken } = await read(image.domain);
      const ready: { readonly host: ConfiguredHost; readonly certificates: HostCertificates }[] = [];
      for (const host of withRegistryItself(hosts, image.domain)) {
        ready.push({ host, certificates: await readTlsFiles(host.tls) });
      }
      const able = ready.filter(({ host }) => mayServe(host, image));
      if (able.length === 0) throw nobodyMay(image);
      const places = able.map(({ host, certificates }, index) =>
        placeAt(host, certificates, index === able.length - 1, image, configuration, call),
      );
      const passedOver = broken === undefined ? [] : [{ name: broken.path, error: broken.error }];
      return { places, passedOver };
    },
  };

  function placeAt(
    host: ConfiguredHost,
    certificates: HostCertificates,
    isLast: boolean,
    image: ImageReference,
    configuration: Configuration,
    call: CallCredentials | undefined,
  ): Place {
    const physical = nameAt(host, image);
    const connect = async (signal: AbortSignal): Promise<Connection> => {
      const endpoint = endpointAt(host, image);
      const headers = confidentialHeaders(host.headers);
      const given = givenFor(host, image, call);
      const credentials = given ?? (await reading.credentials(physical, configuration, signal));
      const storage = reading.storage(physical, configuration);
      const terms = {
        certificates,
        skipVerify: host.tls.skipVerify ?? false,
        connectTimeout: host.dialTimeout,
      };
      // Behind a host that does not answer stands the next one; only the last is asked again.
      const patient = sendingHeaders(reading.http(terms), headers);
      const hasty = isLast ? patient : sendingHeaders(reading.http(terms, 1), headers);
      const client = endpointClient(endpoint, credentials, { hasty, patient }, reading.memory);
      const lookaside = reading.http({
        certificates: await reading.certificates(physical.domain),
        skipVerify: false,
      });
      return { client, lookaside, storage };
    };
    return {
      physical,
      listsSignatures: false,
      open: async (signal) => await reading.open(physical, await connect(signal), signal),
      read: async (signal) => reading.repository(physical, await connect(signal)),
    };
  }
}

function mayServe({ capabilities }: ConfiguredHost, { tag }: ImageReference): boolean {
  return capabilities.has("pull") && (tag === undefined || capabilities.has("resolve"));
}

function nobodyMay({ tag }: ImageReference): CountersignError {
  const wanted = tag === undefined ? `"pull"` : `"pull" and "resolve"`;
  return new CountersignError(
    "CONFIG_INVALID",
    `no resolve hosts: not found: no host in containerd's hosts.toml has the capabilities ${wanted}`,
  );
}

/**
 * The name an image has at a host: what follows `/v2` in the path of its API belongs to the repository, as
 * `https://harbor.example/v2/hub` with `override_path` has docker.io's `library/busybox` as `hub/library/busybox`.
 */
function nameAt({ address, path }: ConfiguredHost, image: ImageReference): ImageReference {
  const [, prefix] = /^.*?\/v2(?:\/(.+))?$/.exec(path) ?? [];
  return {
    ...image,
    domain: registryName(address.host),
    path: prefix === undefined ? image.path : `${prefix}/${image.path}`,
  };
}

function endpointAt(host: ConfiguredHost, { domain, path }: ImageReference): ApiEndpoint {
  const schemes = schemesOf(host);
  if (schemes === undefined) {
    const written = host.address.host || host.address.path;
    throw new CountersignError(
      "CONFIG_INVALID",
      `${quote(written)} in hosts.toml is no address; write https:// or http:// in front of it`,
    );
  }
  return {
    roots: apiRoots(schemes, host.address.host),
    path: host.path,
    namespace: standsInFor(host, domain) ? domain : undefined,
    repository: path,
  };
}

/**
 * containerd shows what came with a pull to every host it is configured with, unless it is said whom it is meant for; a
 * registry token it shows to nobody, so that only the registry the image names is shown it.
 * Source: containerd internal/cri/server/images, ParseAuth.
 */
function givenFor(
  host: ConfiguredHost,
  image: ImageReference,
  call: CallCredentials | undefined,
): RegistryCredentials | undefined {
  const given = credentialsFor(call, host.address.host);
  return given?.type === "registryToken" && standsInFor(host, image.domain) ? undefined : given;
}
