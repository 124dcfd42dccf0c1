import { parseAnnotations } from "@countersign/signing/annotations";
import { signatureTasks } from "@countersign/signing/signature-task";
import { signNamed } from "../signing/sign-named.ts";
import type { SigningFlags } from "../signing/signing-flags.ts";
import type { Terminal } from "../terminal.ts";

export interface SignFlags extends SigningFlags {
  readonly annotation?: readonly string[];
}

/**
 * `countersign sign IMAGE…`: signs what the names lead to now, and stores the signatures beside it.
 * @throws CountersignError USAGE, REFERENCE_INVALID, SIGNING_KEY_UNUSABLE: nothing was signed then
 */
export async function sign(images: readonly string[], flags: SignFlags, io: Terminal): Promise<void> {
  const annotations = parseAnnotations(flags.annotation);
  await signNamed(images, flags, io, (formats, named) => signatureTasks(formats, { ...named, annotations }));
}
