import { systemTiming } from "@countersign/sources/timing";
import { type ExternalTexts, externalTexts, noExternalTexts } from "./external-materials.ts";
import { kmsCommand } from "./kms-command.ts";
import { remoteText } from "./remote-text.ts";

/** What a program may ask for outside the cluster. */
export interface OutsideAccess {
  /** a program that exports public keys; undefined: no KMS is asked */
  readonly kmsCommand: string | undefined;
  readonly fetchesRemotePolicies: boolean;
}

export interface OutsideTexts {
  readonly kmsKeys: ExternalTexts;
  readonly remoteTexts: ExternalTexts;
}

/** @param now milliseconds, of a clock that never goes back */
export function textsFromOutside(
  { kmsCommand: program, fetchesRemotePolicies }: OutsideAccess,
  now: () => number,
): OutsideTexts {
  return {
    kmsKeys:
      program === undefined ? noExternalTexts(noKms) : externalTexts(kmsCommand(program, systemTiming), now),
    remoteTexts: fetchesRemotePolicies
      ? externalTexts(remoteText(systemTiming), now)
      : noExternalTexts(noRemote),
  };
}

const noKms = (uri: string) => `${uri}: no KMS is asked here; give --kms-command, or the public key as data`;
const noRemote = (key: string) =>
  `${key.split(" ")[1]} is not fetched here; give --fetch-remote-policies, or the policy as data`;
