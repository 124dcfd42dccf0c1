import { CountersignError } from "@countersign/engine/values/error";
import { makePredicate } from "@countersign/signing/formats/predicate";
import type { Predicate } from "@countersign/signing/formats/statement";
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
  const predicate = await readPredicate(flags);
  await signNamed(images, flags, io, (formats, named) => attestationTasks(formats, { ...named, predicate }));
}

/** @throws CountersignError USAGE, or PREDICATE_INVALID naming the file */
async function readPredicate({ type, predicate: file }: AttestFlags): Promise<Predicate> {
  const content = await readNamedFile(file, maxPredicate);
  try {
    return makePredicate(type, content, Date.now());
  } catch (caught) {
    const { code, message } = CountersignError.from(caught);
    throw code === "PREDICATE_INVALID" ? new CountersignError(code, `${file}: ${message}`) : caught;
  }
}
