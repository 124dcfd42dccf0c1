import type { RegistryStore, StoredManifest } from "@countersign/testkit/registry/registry-store";
import type { PushedImage } from "./pushed-image.ts";

/** Pushes what a store in memory holds of an image to a real registry: all it refers to first, as the registry demands. */
export async function pushStored(
  host: string,
  store: RegistryStore,
  repository: string,
  manifest: StoredManifest,
  tag: string = manifest.digest,
): Promise<void> {
  const { manifests = [], config, layers = [] } = JSON.parse(new TextDecoder().decode(manifest.bytes));
  for (const { digest } of manifests) {
    const instance = store.manifest(repository, digest);
    if (instance !== undefined) await pushStored(host, store, repository, instance);
  }
  for (const { digest } of config === undefined ? [] : [config, ...layers]) {
    await pushBlob(host, repository, digest, store.blob(repository, digest) ?? new Uint8Array());
  }
  await send(`http://${host}/v2/${repository}/manifests/${tag}`, "PUT", 201, manifest);
}

/** Points another tag at a manifest the repository already holds, as a careless or hostile pusher does. */
export async function retag(image: PushedImage, tag: string): Promise<void> {
  const manifests = `http://${image.repository.replace("/", "/v2/")}/manifests`;
  const accept = ["manifest", "index"].map((kind) => `application/vnd.oci.image.${kind}.v1+json`).join(", ");
  const held = await fetch(`${manifests}/${image.digest}`, { headers: { accept } });
  const mediaType = held.headers.get("content-type") ?? "";
  await send(`${manifests}/${tag}`, "PUT", 201, {
    mediaType,
    bytes: new Uint8Array(await held.arrayBuffer()),
  });
}

/** Pushes a manifest of one's own making; what it refers to has to be there. */
export async function pushManifest(
  host: string,
  repository: string,
  tag: string,
  manifest: Readonly<Record<string, unknown>> & { readonly mediaType: string },
): Promise<void> {
  const bytes = new TextEncoder().encode(JSON.stringify(manifest));
  await send(`http://${host}/v2/${repository}/manifests/${tag}`, "PUT", 201, {
    mediaType: manifest.mediaType,
    bytes,
  });
}

async function pushBlob(host: string, repository: string, digest: string, bytes: Uint8Array): Promise<void> {
  const started = await send(`http://${host}/v2/${repository}/blobs/uploads/`, "POST", 202);
  const upload = new URL(started.headers.get("location") ?? "", `http://${host}`);
  upload.searchParams.set("digest", digest);
  await send(upload, "PUT", 201, { mediaType: "application/octet-stream", bytes });
}

interface Body {
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

async function send(url: string | URL, method: string, wanted: number, body?: Body): Promise<Response> {
  const content =
    body === undefined
      ? {}
      : { headers: { "content-type": body.mediaType }, body: new Uint8Array(body.bytes) };
  const response = await fetch(url, { method, ...content });
  if (response.status !== wanted) {
    throw new Error(`${method} ${url}: ${response.status} ${(await response.text()).slice(0, 500)}`);
  }
  return response;
}
