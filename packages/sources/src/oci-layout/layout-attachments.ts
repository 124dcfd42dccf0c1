import { type Digest, digestAlgorithm, digestOf, parseDigest } from "@countersign/engine/values/digest";
import { CountersignError } from "@countersign/engine/values/error";
import { quote } from "@countersign/engine/values/go-format";
import { describedMediaType, mediaTypes } from "@countersign/engine/values/manifest";
import type { AttachmentStore } from "../attachments/attachment-store.ts";
import { type ManifestSummary, summarizeManifest } from "../attachments/manifest-summary.ts";
import { refuseIfCancelled } from "../cancellation.ts";
import { readRegularFile } from "../files/read-file.ts";
import { requireBoundedJson } from "../registry/bounded-json.ts";
import { blobPath } from "./blob-path.ts";
import type { LayoutManifest } from "./layout-index.ts";

/** Of index.json; each is opened to see what it refers to. The reader stops after a hundred pages. */
const pageSize = 100;
/** As of a referrer that is read: a bundle's manifest has a kilobyte. */
const maxManifestSize = 256 * 1024;

/**
 * An image layout as a place of attachments: what index.json lists refers to an image if its own manifest says so, as
 * `oras cp -r --to-oci-layout` and `oras attach --oci-layout` write it; cosign's tags are names.
 * Source: OCI image specification 1.1, image-layout.md, and manifest.md of `subject`; oras-go content/oci.
 * @param manifests - of index.json
 */
export function layoutAttachments(path: string, manifests: readonly LayoutManifest[]): AttachmentStore {
  async function read(digest: Digest, limit: number, signal: AbortSignal): Promise<Uint8Array | undefined> {
    refuseIfCancelled(signal);
    const reading = await readRegularFile(blobPath(path, digest), limit);
    switch (reading.type) {
      case "read":
        return reading.bytes;
      case "missing":
        return undefined;
      case "failed":
        throw new CountersignError(
          reading.because === "too large" ? "TOO_LARGE" : "IMAGE_UNREADABLE",
          reading.message,
        );
    }
  }

  /** What cannot be read, or is another manifest, is listed all the same: whoever opens it tells why. */
  async function summary(digest: Digest, signal: AbortSignal): Promise<ManifestSummary | "unknown"> {
    try {
      const bytes = await read(digest, maxManifestSize, signal);
      if (bytes === undefined || digestOf(bytes, digestAlgorithm(digest)) !== digest) return "unknown";
      return summarizeManifest(bytes);
    } catch (caught) {
      const { code } = CountersignError.from(caught);
      if (code === "IMAGE_UNREADABLE" || code === "CANCELLED" || code === "DEADLINE_EXCEEDED") throw caught;
      return "unknown";
    }
  }

  return {
    name: `oci:${path}`,
    async lookUp(tagOrDigest, limit, signal) {
      const listed = manifests.find(({ name, digest }) => name === tagOrDigest || digest === tagOrDigest);
      const digest = digestIn(tagOrDigest) ?? (listed && digestIn(listed.digest));
      const bytes = digest && (await read(digest, limit, signal));
      if (bytes === undefined) return undefined;
      requireBoundedJson(bytes);
      return { bytes, mediaType: listed?.mediaType || describedMediaType(bytes) };
    },
    async blob(digest, limit, signal) {
      const bytes = await read(digest, limit, signal);
      if (bytes === undefined) throw new CountersignError("REGISTRY_NOT_FOUND", `${digest} is not there`);
      const found = digestOf(bytes, digestAlgorithm(digest));
      if (found === digest) return bytes;
      const message = `${blobPath(path, digest)}: digest mismatch, got ${quote(found)}`;
      throw new CountersignError("IMAGE_UNREADABLE", message);
    },
    async referrers(subject, query, _limit, signal) {
      const start = Number(query);
      const end = start + pageSize;
      const referrers: object[] = [];
      for (const listed of manifests.slice(start, end)) {
        const digest = digestIn(listed.digest);
        if (digest === undefined || digest === subject) continue;
        const known = await summary(digest, signal);
        if (known === "unknown") referrers.push({ digest });
        else if (known.subject === subject) referrers.push({ digest, ...known.described });
      }
      const index = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: referrers };
      return {
        bytes: Buffer.from(JSON.stringify(index)),
        next: end < manifests.length ? `${end}` : undefined,
      };
    },
  };
}

function digestIn(text: string): Digest | undefined {
  try {
    return parseDigest(text);
  } catch {
    return undefined;
  }
}
