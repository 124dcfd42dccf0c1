import { type NetworkEnvironment, openConnections } from "@countersign/sources/registry/connections";
import { systemTiming } from "@countersign/sources/timing";
import { type ExternalTexts, externalTexts, noExternalTexts } from "./external-materials.ts";
import { kmsCommand } from "./kms-command.ts";
import { remoteText } from "./remote-text.ts";

/** What a program may ask for outside the cluster. */
export interface OutsideAccess {
  /** a program that exports public keys; undefined: no KMS is asked */
  readonly kmsCommand: string | undefined;
  /** by which proxy and CAs policies are fetched that are named by their address; undefined: none is */
  readonly remotePolicies: NetworkEnvironment | undefined;
}

export interface OutsideTexts {
  readonly kmsKeys: ExternalTexts;
  readonly remoteTexts: ExternalTexts;
  /** Ends all connections. */
  close(): Promise<void>;
}

/** @param now milliseconds, of a clock that never goes back */
export function textsFromOutside(
  { kmsCommand: program, remotePolicies }: OutsideAccess,
  now: () => number,
): OutsideTexts {
  const connections = remotePolicies && openConnections(remotePolicies);
  return {
    kmsKeys:
      program === undefined ? noExternalTexts(noKms) : externalTexts(kmsCommand(program, systemTiming), now),
    remoteTexts:
      connections === undefined
        ? noExternalTexts(noRemote)
        : externalTexts(remoteText(systemTiming, connections), now),
    close: async () => await connections?.close(),
  };
}

const noKms = (uri: string) => `${uri}: no KMS is asked here; give --kms-command, or the public key as data`;
const noRemote = (key: string) =>
  `${key.split(" ")[1]} is not fetched here; give --fetch-remote-policies, or the policy as data`;
