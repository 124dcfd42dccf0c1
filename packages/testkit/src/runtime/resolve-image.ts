import { digestOf, parseDigest } from "@countersign/engine/values/digest";
import { formatReference } from "@countersign/engine/values/image-reference";
import type { AuthConfig } from "@countersign/sources/cri/generated/cri_pb";
import { RpcFailure } from "./grpc-server.ts";
import { completed, type ResolvedImage } from "./image-store.ts";

/**
 * Where a runtime gets its images.
 * @throws RpcFailure as the runtime words it
 */
export type ImageResolver = (name: string, auth: AuthConfig | undefined) => Promise<ResolvedImage>;

/** Images that exist by being put here: name → what it resolves to. Put another one to move a tag. */
export function resolveFrom(published: ReadonlyMap<string, ResolvedImage>): ImageResolver {
  return async (name) => {
    const wanted = formatReference(completed(name));
    for (const [known, image] of published) {
      const reference = completed(known);
      const byDigest = formatReference({ ...reference, tag: undefined, digest: image.digest });
      if (formatReference(reference) === wanted || byDigest === wanted) return image;
    }
    throw notFound(wanted);
  };
}

const mediaTypes = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.docker.distribution.manifest.v2+json",
].join(", ");

/** Pulls from the registry that the name says, over plain HTTP as runtimes do from loopback. Layers stay there. */
export async function resolveFromRegistry(
  name: string,
  auth: AuthConfig | undefined,
): Promise<ResolvedImage> {
  const reference = completed(name);
  const repository = `http://${reference.domain}/v2/${reference.path}`;
  const authorization =
    auth?.username === undefined || auth.username === ""
      ? undefined
      : `Basic ${Buffer.from(`${auth.username}:${auth.password}`).toString("base64")}`;
  const manifestBytes = async (which: string): Promise<Buffer> => {
    const response = await fetch(`${repository}/manifests/${which}`, {
      headers: { accept: mediaTypes, ...(authorization && { authorization }) },
    });
    if (response.status === 404) throw notFound(formatReference(reference));
    if (!response.ok)
      throw new RpcFailure(
        2,
        `failed to pull and unpack image "${formatReference(reference)}": unexpected status: ${response.status}`,
      );
    return Buffer.from(await response.arrayBuffer());
  };
  const top = await manifestBytes(reference.digest ?? reference.tag ?? "latest");
  const digest = digestOf(top);
  const instance = chosenInstance(JSON.parse(top.toString()));
  const manifest = instance === undefined ? top : await manifestBytes(instance);
  const { config, layers } = JSON.parse(manifest.toString());
  const size = [config, ...layers].reduce((sum: number, layer: { size: number }) => sum + layer.size, 0);
  return { digest, configDigest: parseDigest(config.digest), size: BigInt(size) };
}

interface IndexEntry {
  readonly digest: string;
  readonly platform?: { readonly os: string; readonly architecture: string };
}

function chosenInstance(manifest: { readonly manifests?: readonly IndexEntry[] }): string | undefined {
  const architecture = process.arch === "x64" ? "amd64" : process.arch;
  const entries = manifest.manifests;
  return entries?.find(({ platform }) => platform?.os === "linux" && platform.architecture === architecture)
    ?.digest;
}

function notFound(name: string): RpcFailure {
  return new RpcFailure(
    5,
    `failed to pull and unpack image "${name}": failed to resolve reference "${name}": ${name}: not found`,
  );
}
