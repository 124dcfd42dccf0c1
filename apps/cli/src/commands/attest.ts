import { makePredicate } from "@countersign/signing/formats/predicate";
import { attestationTasks } from "@countersign/signing/signature-task";
import { readNamedFile } from "../bundle/named-file.ts";
import { signNamed } from "../signing/sign-named.ts";
import type { SigningFlags } from "../signing/signing-flags.ts";
import type { Terminal } from "../terminal.ts";

export interface AttestFlags extends SigningFlags {
  readonly type: string;
  readonly predicate: string;
}

/** An attestation that is larger is not read by those who verify. */
const maxPredicate = 8 * 1024 * 1024;

/**
 * `countersign attest IMAGE…`: signs what a file says about images, and stores it beside them.
 * @throws CountersignError USAGE, REFERENCE_INVALID, PREDICATE_INVALID, SIGNING_KEY_UNUSABLE: nothing was signed then
 */
export async function attest(images: readonly string[], flags: AttestFlags, io: Terminal): Promise<void> {
  const predicate = makePredicate(flags.type, await readNamedFile(flags.predicate, maxPredicate), Date.now());
  await signNamed(images, flags, io, (formats, named) => attestationTasks(formats, { ...named, predicate }));
}
