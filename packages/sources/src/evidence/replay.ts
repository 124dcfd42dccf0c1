import { policySubject } from "@countersign/engine/policy/policy-subject";
import { CountersignError } from "@countersign/engine/values/error";
import { repositoryName } from "@countersign/engine/values/image-reference";
import { attachmentKey, fixedSources } from "@countersign/engine/verify/fixed-sources";
import type {
  AttachmentQuery,
  ImageSource,
  ImageSourceOpener,
  UnverifiedSignature,
} from "@countersign/engine/verify/ports";
import type { RecordedImage } from "./recorded-image.ts";

/**
 * Serves a recorded image, and no other. What nobody had looked for when it was recorded is not known to be missing: to
 * ask for it is an error, EVIDENCE_UNUSABLE.
 */
export function replay(recorded: RecordedImage): ImageSourceOpener {
  const attachments = new Map(recorded.attachments.map(({ query, found }) => [attachmentKey(query), found]));
  return served(recorded, async (query) => attachments.get(attachmentKey(query)) ?? notRecorded(query));
}

/**
 * The same, but looks for what nobody had looked for where the image is, and adds it: policies name repositories that
 * no recording can know of.
 * @param keep - is given the recording each time it has grown
 */
export function replayAndAdd(
  recorded: RecordedImage,
  live: ImageSourceOpener,
  keep: (grown: RecordedImage) => Promise<void>,
): ImageSourceOpener {
  let grown = recorded;
  let opened: Promise<ImageSource> | undefined;
  return served(recorded, async (query, signal) => {
    const key = attachmentKey(query);
    const known = grown.attachments.find((one) => attachmentKey(one.query) === key);
    if (known !== undefined) return known.found;
    opened ??= live.open(recorded.image, signal);
    const found = await (await opened).attachments(query, signal);
    grown = { ...grown, attachments: [...grown.attachments, { query, found }] };
    await keep(grown);
    return found;
  });
}

function served(recorded: RecordedImage, attachments: ImageSource["attachments"]): ImageSourceOpener {
  const { image, manifest, instances, signatures } = recorded;
  const name = policySubject(image).spelled;
  const fixed = fixedSources(new Map([[name, { manifest, instances, signatures }]]));
  return {
    async open(asked, signal) {
      const source = await fixed.open(asked, signal);
      return {
        ...source,
        attachments,
        async signatures(digest): Promise<readonly UnverifiedSignature[]> {
          const found = signatures.get(digest);
          if (found !== undefined) return found;
          throw unusable(`no evidence is kept of the signatures of ${digest}`);
        },
      };
    },
  };
}

function notRecorded({ subject, kind, place: { repository } }: AttachmentQuery): never {
  const where = repository === undefined ? "its repository" : repositoryName(repository);
  throw unusable(`no evidence is kept of the ${kind} of ${subject} in ${where}: it was recorded without`);
}

function unusable(message: string): CountersignError {
  return new CountersignError("EVIDENCE_UNUSABLE", message);
}
