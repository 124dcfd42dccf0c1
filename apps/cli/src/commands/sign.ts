import { parseAnnotations } from "@countersign/signing/annotations";
import { signatureTasks } from "@countersign/signing/signature-task";
import { namesFor, parseImageToSign } from "../signing/image-to-sign.ts";
import { runSigning } from "../signing/run-signing.ts";
import { formatsOf, type SigningFlags } from "../signing/signing-flags.ts";
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
  const formats = formatsOf(flags);
  const named = images.map((image) => ({ image, reference: parseImageToSign(image) }));
  for (const { reference } of named) namesFor(reference, flags.identity);
  await runSigning(
    named,
    ({ reference, manifests }) => {
      const names = namesFor(reference, flags.identity);
      return manifests.flatMap((subject) => signatureTasks(formats, { subject, names, annotations }));
    },
    flags,
    io,
  );
}
