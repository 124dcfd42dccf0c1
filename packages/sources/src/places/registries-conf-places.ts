import { repositoryName } from "@countersign/engine/values/image-reference";
import { type PullSource, pullSources } from "../containers-config/pull-sources.ts";
import { type CallCredentials, credentialsFor } from "../credentials/call-credentials.ts";
import { registryServer } from "../registry/greeting.ts";
import { registryClient } from "../registry/registry-client.ts";
import { refuseBlocked } from "./blocked.ts";
import type { Configuration, Place, PlaceFinder } from "./place.ts";
import type { Connection, Reading } from "./reading.ts";

/**
 * The places of registries.conf, where CRI-O, podman and skopeo look.
 * @param description - where that file is looked for, for messages
 */
export function registriesConfPlaces(reading: Reading, description: string): PlaceFinder {
  const placeAt = (
    { physical, insecure }: PullSource,
    configuration: Configuration,
    call: CallCredentials | undefined,
  ): Place => {
    const connect = async (signal: AbortSignal): Promise<Connection> => {
      const given = credentialsFor(call, physical.domain);
      const credentials = given ?? (await reading.credentials(physical, configuration, signal));
      const storage = reading.storage(physical, configuration);
      const certificates = await reading.certificates(physical.domain);
      refuseBlocked(configuration.conf, repositoryName(physical), description);
      const http = reading.http({ certificates, skipVerify: insecure });
      const client = registryClient({ ...physical, insecure }, credentials, http, reading.memory);
      return { client, lookaside: http, storage };
    };
    return {
      physical,
      listsSignatures:
        reading.memory.greetings.known(registryServer(physical.domain, insecure))?.listsSignatures ?? false,
      open: async (signal) => await reading.open(physical, await connect(signal), signal),
      read: async (signal) => reading.repository(physical, await connect(signal)),
    };
  };
  return {
    async find(image, configuration, call) {
      const places = pullSources(configuration.conf, image).map((source) =>
        // A mirror elsewhere has no business with credentials meant for the registry that was named.
        placeAt(source, configuration, source.physical.domain === image.domain ? call : undefined),
      );
      return { places, passedOver: [] };
    },
  };
}
