import { join } from "node:path";
import type { Digest } from "@countersign/engine/values/digest";
import {
  type DirectoryImage,
  type DockerImage,
  type OciImage,
  parseDockerImage,
} from "@countersign/engine/values/located-image";
import { attachmentKey, fixedClock, fixedSources } from "@countersign/engine/verify/fixed-sources";
import type { AttachmentQuery, ImageSourceOpener } from "@countersign/engine/verify/ports";
import {
  type Attaching,
  type AttachmentsPlace,
  imageAttachmentsContract,
} from "@countersign/testkit/contracts/image-attachments.contract";
import { copyToLayout } from "@countersign/testkit/layouts/copy-to-layout";
import { writeDirectoryImage } from "@countersign/testkit/layouts/directory-image";
import { attachmentTag, storeAttachments } from "@countersign/testkit/registry/attachments";
import type { ReferrersMode } from "@countersign/testkit/registry/referrers-route";
import { startRegistry, type TestRegistry } from "@countersign/testkit/registry/registry";
import { temporaryRoot } from "@countersign/testkit/registry/temporary-root";
import { parseRecord } from "../evidence/parse-record.ts";
import { printRecord } from "../evidence/print-record.ts";
import { recordImage } from "../evidence/record-image.ts";
import { replay } from "../evidence/replay.ts";
import { openSources } from "../open-sources.ts";

const { signal } = new AbortController();
const clock = fixedClock(Date.UTC(2026, 0, 1));
const platform = { os: "linux", architecture: "amd64", variant: "" };
const repository = "team/app";

const attachingTo = ({ store, attachReferrer }: TestRegistry, image: Digest): Attaching => ({
  subject: image,
  referrer: (content, subject = image) => void attachReferrer(repository, subject, content),
  tag: (suffix, layers) =>
    void storeAttachments(store, repository, image, layers, attachmentTag(image, suffix)),
});

interface Live extends AttachmentsPlace {
  readonly image: DockerImage;
  readonly registry: TestRegistry;
}

async function registryPlace(referrers: ReferrersMode, attach: (to: Attaching) => void): Promise<Live> {
  const root = temporaryRoot();
  const registry = await startRegistry({ referrers });
  const { digest: subject } = registry.image(`${repository}:v1`);
  attach(attachingTo(registry, subject));
  const sources = openSources({
    environment: root.environment,
    registriesConf: root.write("r.conf", `[[registry]]\nlocation = "${registry.address}"\ninsecure = true\n`),
    registriesD: undefined,
    authfile: undefined,
  });
  return {
    registry,
    opener: sources.imageSources(),
    image: parseDockerImage(`${registry.address}/${repository}:v1`),
    subject,
    async [Symbol.asyncDispose]() {
      await sources.close();
      await registry.close();
      root[Symbol.dispose]();
    },
  };
}

const remembering = (
  remember: (live: Live) => Promise<ImageSourceOpener>,
): Parameters<typeof imageAttachmentsContract>[1] => ({
  keeps: "all",
  async fill(attach) {
    await using live = await registryPlace({ type: "api" }, attach);
    const opener = await remember(live);
    const { image, subject } = live;
    return { opener, image, subject, async [Symbol.asyncDispose]() {} };
  },
});

/** A copy of what a registry has. */
async function localPlace(
  attach: (to: Attaching) => void,
  copy: (live: Live, path: string) => Promise<OciImage | DirectoryImage>,
): Promise<AttachmentsPlace> {
  const root = temporaryRoot();
  const unset = { registriesConf: undefined, registriesD: undefined, authfile: undefined };
  const sources = openSources({ environment: root.environment, ...unset });
  await using live = await registryPlace({ type: "api" }, attach);
  return {
    opener: sources.imageSources(),
    image: await copy(live, join(root.path, "copy")),
    subject: live.subject,
    async [Symbol.asyncDispose]() {
      await sources.close();
      root[Symbol.dispose]();
    },
  };
}

const registries: readonly (readonly [name: string, mode: ReferrersMode])[] = [
  ["a registry that lists referrers", { type: "api" }],
  ["a registry that lists them page by page", { type: "api", pageSize: 100 }],
  ["a registry where a tag lists them", { type: "none" }],
];
for (const [name, mode] of registries)
  imageAttachmentsContract(name, { keeps: "all", fill: (attach) => registryPlace(mode, attach) });

imageAttachmentsContract(
  "recorded evidence",
  remembering(async ({ image, opener }) => {
    const recorded = await recordImage(image, [platform], opener, clock, signal);
    return replay(parseRecord(Buffer.from(printRecord(recorded))));
  }),
);

imageAttachmentsContract(
  "an image in memory",
  remembering(async ({ image, opener, subject, registry }) => {
    const source = await opener.open(image, signal);
    const place = { repository: undefined, tagPrefix: "" };
    const queries: readonly AttachmentQuery[] = (["signatures", "attestations"] as const).map((kind) => ({
      ...{ subject, kind, place },
    }));
    const found = await Promise.all(
      queries.map(async (query) => [attachmentKey(query), await source.attachments(query, signal)] as const),
    );
    const { manifest } = source;
    const name = `docker://${registry.address}/${repository}:v1`;
    return fixedSources(new Map([[name, { manifest, attachments: new Map(found) }]]));
  }),
);

imageAttachmentsContract("an OCI layout", {
  keeps: "all",
  fill: (attach) =>
    localPlace(attach, async ({ registry }, path) => {
      copyToLayout(registry.store, repository, path);
      return { transport: "oci", path, resolvedPath: path, entry: { type: "named", name: "v1" } };
    }),
});

imageAttachmentsContract("a directory", {
  keeps: "none",
  fill: (attach) =>
    localPlace(attach, async ({ opener, image }, path) => {
      const { manifest } = await opener.open(image, signal);
      writeDirectoryImage(path, { manifest: manifest.bytes });
      return { transport: "dir", path, resolvedPath: path };
    }),
});
