import { type Digest, digestOf } from "@countersign/engine/values/digest";
import { CountersignError } from "@countersign/engine/values/error";
import { repositoryName } from "@countersign/engine/values/image-reference";
import type { Clock } from "@countersign/engine/verify/ports";
import { hashOf } from "./hash-of-file.ts";
import { printOutline, printRecord } from "./print-record.ts";
import { maxRecordSize } from "./record-file.ts";
import type { RecordedImage } from "./recorded-image.ts";
import { type ShelfEvents, ShelfFiles } from "./shelf-files.ts";
import type { ShelfLimits } from "./shelf-index.ts";
import { turns } from "./turns.ts";
import { withOlder } from "./with-older.ts";
import { withinSize } from "./within-size.ts";

/**
 * Evidence by the digest of the manifest or index it is about: what a node keeps, so that it can judge an image again
 * without its registry. Nothing in it is believed: a digest covers each manifest, and signatures speak for themselves.
 * It is disposable as a whole and in every part; what is missing is fetched again. A directory that others can write to
 * is not used: not for what they may have put there, but for where its folders may lead a process that is root.
 */
export interface EvidenceShelf {
  /**
   * What is kept of a manifest or index, the newest first: of several repositories as much as one may have, those with little
   * before those with much. A file that is broken counts as none.
   */
  find(digest: Digest): Promise<readonly RecordedImage[]>;
  /**
   * Keeps it with what was kept of this digest in its repository: one namespace's policy asks for other things than the
   * next one's, and what its registry gives no more is no worse for it. What is too large, or cannot be written, is told
   * to {@link ShelfEvents.failed}. Never throws: an image is no worse for it.
   */
  keep(recorded: RecordedImage): Promise<void>;
  /** changes whenever {@link keep} or a broken file changed what {@link find} answers */
  revision(digest: Digest): string;
  /** complete once `counted` is settled */
  readonly usage: { readonly files: number; readonly bytes: number };
  /** Settles when what an earlier process left has been counted, and what is too much of it is gone. Never rejects. */
  readonly counted: Promise<void>;
}

/** Repositories of which one digest's evidence is kept. */
const maxRepositories = 16;

/** Opens a directory of evidence, which need not exist. Thousands of files are counted while the shelf is in use already. */
export function openEvidenceShelf(
  directory: string,
  limits: ShelfLimits,
  clock: Clock,
  events: ShelfEvents,
): EvidenceShelf {
  const files = new ShelfFiles(directory, limits, clock, events);
  const inTurn = turns();

  async function keepAs(name: string, digest: Digest, recorded: RecordedImage): Promise<void> {
    await files.prepare();
    const content = contentOf(recorded);
    if (await files.has(name, content)) return;
    const before = await files.readIfThere(name, digest);
    if (before === undefined) return await files.write(name, printWhole(recorded), content, maxRepositories);
    const all = withOlder(recorded, before);
    const text = contentOf(all) === contentOf(before) ? undefined : textOf(all, recorded, before);
    if (text === undefined) await files.learn(name, content, hashOf(printRecord(before)));
    else await files.write(name, text, content, maxRepositories);
  }

  return {
    counted: files.counted,

    async find(digest) {
      const found: RecordedImage[] = [];
      const most = { files: maxRepositories, bytes: maxRecordSize };
      for (const name of await files.namesWithin(folderOf(digest), most)) {
        const recorded = await files.read(name, digest);
        if (recorded === undefined) continue;
        await files.touch(name);
        found.push(recorded);
      }
      return found.sort((a, b) => b.at - a.at);
    },

    async keep(recorded) {
      const digest = digestOf(recorded.manifest.bytes);
      const name = `${folderOf(digest)}/${fileOf(recorded)}`;
      await inTurn(name, async () => {
        try {
          await keepAs(name, digest, recorded);
        } catch (error) {
          files.failed(files.pathOf(name), error);
        }
      });
    },

    revision: (digest) => files.revision(folderOf(digest)),
    get usage() {
      return files.usage;
    },
  };
}

/** @returns undefined where there is no room for more than was there before */
function textOf(all: RecordedImage, recorded: RecordedImage, before: RecordedImage): string | undefined {
  const text = printRecord(all);
  if (Buffer.byteLength(text) <= maxRecordSize) return text;
  printWhole(recorded); // what is too large alone is told, and takes no room from what was there
  const less = withinSize(all, before, maxRecordSize);
  return less === undefined || contentOf(less) === contentOf(before) ? undefined : printRecord(less);
}

/** @throws CountersignError TOO_LARGE */
function printWhole(recorded: RecordedImage): string {
  const text = printRecord(recorded);
  const size = Buffer.byteLength(text);
  if (size > maxRecordSize) throw tooLarge(size);
  return text;
}

/** Whoever may push beside an image can bring it there. Nothing is judged by half of what was found. */
function tooLarge(size: number): CountersignError {
  return new CountersignError(
    "TOO_LARGE",
    `the evidence of this image is ${size} bytes, and no more than ${maxRecordSize} are kept: each creation asks its registry, and fails without it; remove attestations and signatures that no policy asks for`,
  );
}

function folderOf(digest: Digest): string {
  return digest.replace(":", "-");
}

/** By a hash: a repository's name can be longer than a file's may be. */
function fileOf({ image }: RecordedImage): string {
  return `${hashOf(repositoryName(image.reference)).slice(0, 32)}.json`;
}

/** A name for what is in it, without writing all of it for each look; when it was found is no part of that. */
function contentOf(recorded: RecordedImage): string {
  return hashOf(printOutline({ ...recorded, at: 0 }));
}
