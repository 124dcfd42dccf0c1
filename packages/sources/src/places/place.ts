import type { CountersignError } from "@countersign/engine/values/error";
import type { ImageReference } from "@countersign/engine/values/image-reference";
import type { ImageSource } from "@countersign/engine/verify/ports";
import type { AttachmentStore } from "../attachments/attachment-store.ts";
import type { RegistriesConf } from "../containers-config/registries-conf.ts";
import type { RegistriesD } from "../containers-config/registries-d.ts";
import type { CallCredentials } from "../credentials/call-credentials.ts";

/** One place that may have an image. */
export interface Place {
  /** the image as it is named there: what signatures and credentials are looked up by */
  readonly physical: ImageReference;
  /** whether its registry is known to list signatures itself */
  readonly listsSignatures: boolean;
  /** There is a source once the image's manifest is here. @throws CountersignError with a registry code */
  open(signal: AbortSignal): Promise<ImageSource>;
  /** Reads its repository there, whether or not that has the image. @throws CountersignError as it begins */
  read(signal: AbortSignal): Promise<AttachmentStore>;
}

/** Where an image may be had, first one first. */
export interface Places {
  /** the last one's trouble is the one that counts */
  readonly places: readonly Place[];
  /** what would have led elsewhere, had it been possible to read it */
  readonly passedOver: readonly PassedOver[];
}

export interface PassedOver {
  readonly name: string;
  readonly error: CountersignError;
}

/** What is configured now. */
export interface Configuration {
  readonly conf: RegistriesConf;
  readonly registriesD: RegistriesD;
}

/** Finds the places of an image. */
export interface PlaceFinder {
  /** @throws CountersignError CONFIG_INVALID when there can be none */
  find(
    image: ImageReference,
    configuration: Configuration,
    call: CallCredentials | undefined,
  ): Promise<Places>;
}
