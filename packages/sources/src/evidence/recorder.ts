import type { Digest } from "@countersign/engine/values/digest";
import type { DockerImage } from "@countersign/engine/values/located-image";
import type { Platform } from "@countersign/engine/values/manifest";
import { attachmentKey } from "@countersign/engine/verify/fixed-sources";
import type { FetchedManifest, ImageSource, UnverifiedSignature } from "@countersign/engine/verify/ports";
import type { RecordedAttachments, RecordedImage } from "./recorded-image.ts";

/** Remembers what a source gave, and asks it for nothing twice. */
export interface Recorder {
  readonly source: ImageSource;
  recorded(): RecordedImage;
}

/** What is recorded of an image besides what its source says. */
export interface RecordingOf {
  readonly image: DockerImage;
  readonly platforms: readonly Platform[];
  readonly at: number;
}

/** Told of what a source did when it was asked. */
export interface RecorderEvents {
  /** signatures or attachments came; @returns once the one who asked may go on */
  grown(): Promise<void>;
  failed(asked: "manifest" | "signatures" | "attachments", error: unknown): void;
}

export function recorder(source: ImageSource, of: RecordingOf, events: RecorderEvents): Recorder {
  const instances = new Map<Digest, FetchedManifest>();
  const signatures = new Map<Digest, readonly UnverifiedSignature[]>();
  const attachments = new Map<string, RecordedAttachments>();

  async function remember<K, T>(
    kept: Map<K, T>,
    key: K,
    asked: Parameters<RecorderEvents["failed"]>[0],
    read: () => Promise<T>,
  ): Promise<T> {
    const known = kept.get(key);
    if (known !== undefined) return known;
    try {
      kept.set(key, await read());
    } catch (error) {
      events.failed(asked, error);
      throw error;
    }
    if (asked !== "manifest") await events.grown();
    return kept.get(key) as T;
  }

  return {
    source: {
      physical: source.physical,
      manifest: source.manifest,
      instanceManifest: (digest, signal) =>
        remember(instances, digest, "manifest", () => source.instanceManifest(digest, signal)),
      signatures: (manifest, signal) =>
        remember(signatures, manifest, "signatures", () => source.signatures(manifest, signal)),
      async attachments(query, signal) {
        const read = async () => ({ query, found: await source.attachments(query, signal) });
        return (await remember(attachments, attachmentKey(query), "attachments", read)).found;
      },
    },
    recorded: () => ({
      ...of,
      manifest: source.manifest,
      instances,
      signatures,
      attachments: [...attachments.values()],
    }),
  };
}
