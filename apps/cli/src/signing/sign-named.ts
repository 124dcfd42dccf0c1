import type { SignatureTask, StoredFormat } from "@countersign/signing/signature-task";
import type { Terminal } from "../terminal.ts";
import { type ImageToSign, namesFor, parseImageToSign } from "./image-to-sign.ts";
import { runSigning } from "./run-signing.ts";
import { formatsOf, type SigningFlags } from "./signing-flags.ts";

/** One manifest or index, and the names that it is signed for. */
export interface NamedSubject {
  readonly subject: ImageToSign["manifests"][number];
  readonly names: ReturnType<typeof namesFor>;
}

/**
 * Signs by the flags that `sign` and `attest` share what the names on the command line lead to.
 * @param tasks - what is to be made for each of them
 * @throws CountersignError USAGE, REFERENCE_INVALID, SIGNING_KEY_UNUSABLE: nothing was signed then
 */
export async function signNamed(
  images: readonly string[],
  flags: SigningFlags,
  io: Terminal,
  tasks: (formats: readonly StoredFormat[], named: NamedSubject) => readonly SignatureTask[],
): Promise<void> {
  const formats = formatsOf(flags);
  const named = images.map((image) => ({ image, reference: parseImageToSign(image) }));
  // before any of them is signed
  for (const { reference } of named) namesFor(reference, flags.identity);
  await runSigning(
    named,
    ({ reference, manifests }) => {
      const names = namesFor(reference, flags.identity);
      return manifests.flatMap((subject) => tasks(formats, { subject, names }));
    },
    flags,
    io,
  );
}
