import { CountersignError } from "../../values/error.ts";

/**
 * How much may still be read and verified for one keyring: whoever writes a policy for one namespace must not be able
 * to keep the node's gate busy for all.
 */
export interface KeyringWork {
  /** @throws CountersignError TRUST_MATERIAL_INVALID once there were too many */
  readPacket(): void;
  /** @throws CountersignError TRUST_MATERIAL_INVALID once there were too many */
  verifySignature(): void;
}

/** As many signatures of a thousand others as fit into a key file of a megabyte. */
export const maxKeyPackets = 20_000;

/** A key in daily use for twenty years has a hundred signatures of its own. */
export const maxKeySignatures = 1000;

export function keyringWork(): KeyringWork {
  return {
    readPacket: counter(maxKeyPackets, "packets than are read"),
    verifySignature: counter(maxKeySignatures, "signatures of their own than are verified"),
  };
}

function counter(limit: number, what: string): () => void {
  let left = limit;
  return () => {
    left--;
    if (left >= 0) return;
    throw new CountersignError(
      "TRUST_MATERIAL_INVALID",
      `the OpenPGP keys of this requirement hold more ${what} (${limit})`,
    );
  };
}
