/** What gpg finds wrong with a signature, for people: its own words are numbers. */
export interface GpgFault {
  /** what is wrong; follows the name of the key */
  readonly meaning: string;
  readonly remedy: string;
}

/**
 * Reads containers/image's reason for a signature that gpg does not hold to be good.
 * @returns undefined for any other reason
 */
export function gpgFault(reason: string): GpgFault | undefined {
  const [, key, code] =
    /^Invalid GPG signature: .*Fingerprint:"([0-9A-F]*)".*err:0x([0-9a-f]+)\}/.exec(reason) ?? [];
  if (key === undefined || code === undefined) return undefined;
  const { meaning, remedy } = faults.get(Number.parseInt(code, 16) & 0xffff) ?? unknown;
  return { meaning: `${meaning} (key ${key})`, remedy };
}

const unknown: GpgFault = { meaning: "gpg could not check it", remedy: "sign again" };

/** By libgpg-error's code. */
const faults: ReadonlyMap<number, GpgFault> = new Map([
  [
    0x01,
    {
      meaning: "its key cannot sign like this",
      remedy:
        "sign with a subkey that has signed back (gpg --edit-key KEY cross-certify), and with a longer digest",
    },
  ],
  [
    0x05,
    { meaning: "gpg takes no digest of this algorithm", remedy: "sign with --digest-algo SHA256 or better" },
  ],
  [0x08, { meaning: "it is not by its key, or was changed since", remedy: "sign this very digest again" }],
  [
    0x09,
    {
      meaning: "none of the policy's keys made it",
      remedy:
        "name the key that signed in the policy, as gpg --export writes it, or sign with one that it names; a key must say of itself that it may sign",
    },
  ],
  [
    0x27,
    {
      meaning: "it is older than its key, or its key is not valid yet",
      remedy: "check the clocks of this machine and of the one that signs",
    },
  ],
  [0x3a, { meaning: "something follows it that does not belong to it", remedy: "sign again" }],
  [0x5e, { meaning: "its key is revoked", remedy: "sign with another key, and name that one in the policy" }],
  [
    0x99,
    {
      meaning: "its key has expired",
      remedy:
        "extend the key (gpg --quick-set-expire KEY 1y) and write into the policy what gpg --export KEY gives then",
    },
  ],
  [0x9a, { meaning: "it has expired", remedy: "sign again, without --default-sig-expire" }],
]);
