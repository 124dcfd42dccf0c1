import { CountersignError } from "@countersign/engine/values/error";
import type { BlobDescriptor, BlobStream } from "./blob-stream.ts";
import { checkedPassage } from "./checked-passage.ts";
import type { RepositoryWriter } from "./repository-writer.ts";

/**
 * Copies a blob from one repository to another without holding it: what arrives is sent on, and the slower side sets the
 * pace. Either the whole blob, being what its digest says, is stored there, or nothing is.
 * @param moved - is told how many bytes have come so far
 * @throws CountersignError with the trouble of the side that began it
 */
export async function copyBlob(
  from: BlobStream,
  to: Pick<RepositoryWriter, "uploadBlob" | "name">,
  blob: BlobDescriptor,
  moved: (bytes: number) => void,
  signal: AbortSignal,
): Promise<void> {
  const passage = checkedPassage(blob, moved);
  const stop = new AbortController();
  const within = AbortSignal.any([signal, stop.signal]);
  let failure: CountersignError | undefined;
  const fail = (caught: unknown): void => {
    failure ??= CountersignError.from(caught);
    stop.abort(failure);
    passage.destroy(failure);
  };
  passage.on("error", fail);
  const { digest, size } = blob;
  const arriving = from.streamBlob(digest, size, passage, within).then(() => passage.end());
  const leaving = to.uploadBlob(digest, size, passage, within).then(() => {
    if (passage.writableFinished) return;
    const message = `uploading blob ${digest} in ${to.name}: the registry says it has what it was not sent`;
    throw new CountersignError("REGISTRY_ANSWER_INVALID", message);
  });
  await Promise.all([arriving.catch(fail), leaving.catch(fail)]);
  if (failure !== undefined) throw failure;
}
