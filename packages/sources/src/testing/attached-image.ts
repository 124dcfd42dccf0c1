import type { Digest } from "@countersign/engine/values/digest";
import { parseDockerImage } from "@countersign/engine/values/located-image";
import type { AttachmentQuery, ImageSource, UnverifiedSignature } from "@countersign/engine/verify/ports";
import { type ManualTiming, manualTiming } from "@countersign/testkit/registry/manual-timing";
import { bundleReferrer, type ReferrerContent } from "@countersign/testkit/registry/referrers";
import type { ReferrersMode } from "@countersign/testkit/registry/referrers-route";
import { startRegistry, type TestRegistry } from "@countersign/testkit/registry/registry";
import { temporaryRoot } from "@countersign/testkit/registry/temporary-root";
import { openSources } from "../open-sources.ts";

const { signal } = new AbortController();
export const signPredicate = "https://sigstore.dev/cosign/sign/v1";
export const provenance = "https://slsa.dev/provenance/v1";
export const indexType = "application/vnd.oci.image.index.v1+json";

export interface AttachedImage {
  readonly registry: TestRegistry;
  readonly subject: Digest;
  readonly timing: ManualTiming;
  ask(query?: Partial<AttachmentQuery>, within?: AbortSignal): Promise<readonly UnverifiedSignature[]>;
  /** the paths asked for since, without the repository */
  asked(): readonly string[];
}

/** An image `team/app:v1` in a registry, opened. */
export async function withAttachedImage(
  referrers: ReferrersMode,
  use: (scene: AttachedImage) => Promise<void>,
): Promise<void> {
  using root = temporaryRoot();
  await using registry = await startRegistry({ referrers });
  const { digest: subject } = registry.image("team/app:v1");
  const timing = manualTiming();
  const sources = openSources(
    {
      environment: root.environment,
      registriesConf: root.write(
        "r.conf",
        `[[registry]]\nlocation = "${registry.address}"\ninsecure = true\n`,
      ),
      registriesD: undefined,
      authfile: undefined,
    },
    timing,
  );
  try {
    const image = parseDockerImage(`${registry.address}/team/app:v1`);
    const source: ImageSource = await sources.imageSources().open(image, signal);
    let before = registry.requests.length;
    await use({
      registry,
      subject,
      timing,
      ask: (query, within = signal) =>
        source.attachments(
          { subject, kind: "signatures", place: { repository: undefined, tagPrefix: "" }, ...query },
          within,
        ),
      asked() {
        const paths = registry.requests.slice(before).map(({ path }) => path.replace("/v2/team/app/", ""));
        before = registry.requests.length;
        return paths;
      },
    });
  } finally {
    await sources.close();
  }
}

export const api: ReferrersMode = { type: "api" };
export const none: ReferrersMode = { type: "none" };
export const bundle = (text: string, predicateType?: string): ReferrerContent =>
  bundleReferrer(Buffer.from(text), predicateType);
export const sbom = (text: string): ReferrerContent => ({
  artifactType: "application/spdx+json",
  layers: [{ bytes: Buffer.from(text) }],
});
export const layer = (text: string) => ({ payload: Buffer.from(text), annotations: new Map([["of", text]]) });

/** What was found, shortly: `bundle one`, `sigstore two`, `unreadable: why`. */
export const brief = (found: readonly UnverifiedSignature[]): readonly string[] =>
  found.map((one) => {
    if (one.type === "unreadable") return `unreadable: ${one.reason}`;
    return `${one.type} ${Buffer.from(one.type === "sigstore" ? one.payload : one.bytes)}`;
  });
