import { Buffer } from "node:buffer";
import { createHash, randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { type LayerEntry, packLayer } from "./layer.ts";
import { staticBusybox } from "./programs.ts";

/** An image as a registry holds it. */
export interface PushedImage {
  /** `host:port/repository:tag` */
  readonly reference: string;
  /** `host:port/repository` */
  readonly repository: string;
  /** Of the manifest, or of the index when there is one. */
  readonly digest: string;
  /** Of the configuration: what containerd calls the image's id. */
  readonly id: string;
}

/** What `fetch` takes as a body. */
type Bytes = Uint8Array<ArrayBuffer>;

interface Platform {
  readonly os: "linux";
  readonly architecture: string;
}

const mediaTypes = {
  manifest: "application/vnd.oci.image.manifest.v1+json",
  index: "application/vnd.oci.image.index.v1+json",
  config: "application/vnd.oci.image.config.v1+json",
  layer: "application/vnd.oci.image.layer.v1.tar",
};

/** The platform the runtime here takes from an index. */
export const thisPlatform: Platform = {
  os: "linux",
  architecture: process.arch === "x64" ? "amd64" : process.arch,
};

/** Pushes an image that can run (a static busybox and its usual names), unlike any other: it holds bytes of its own. */
export async function pushBusybox(host: string, name: string, size = 16): Promise<PushedImage> {
  return pushManifest(host, name, await busyboxLayer(size), thisPlatform);
}

/** The same under an index of two platforms, this machine's second. */
export async function pushBusyboxIndex(host: string, name: string): Promise<PushedImage> {
  const { repository, tag } = splitName(name);
  const other: Platform = {
    os: "linux",
    architecture: thisPlatform.architecture === "s390x" ? "ppc64le" : "s390x",
  };
  const instances = [];
  for (const platform of [other, thisPlatform]) {
    const image = await pushManifest(
      host,
      `${repository}:${platform.architecture}`,
      await busyboxLayer(16),
      platform,
    );
    instances.push({ image, platform });
  }
  const index = bytesOf({
    schemaVersion: 2,
    mediaType: mediaTypes.index,
    manifests: instances.map(({ image, platform }) => ({
      mediaType: mediaTypes.manifest,
      digest: image.digest,
      size: image.size,
      platform,
    })),
  });
  const digest = await putManifest(host, repository, tag, mediaTypes.index, index);
  const id = instances.find(({ platform }) => platform === thisPlatform)?.image.id ?? "";
  return { reference: `${host}/${repository}:${tag}`, repository: `${host}/${repository}`, digest, id };
}

/** What a pod's sandbox runs: it waits, and does nothing else. */
export async function pushPause(host: string): Promise<PushedImage> {
  return pushManifest(host, "pause:test", await busyboxLayer(16), thisPlatform, ["/bin/sleep", "infinity"]);
}

async function busyboxLayer(size: number): Promise<Bytes> {
  const applets = ["cat", "echo", "env", "head", "sh", "sleep", "true"];
  const entries: LayerEntry[] = [
    { type: "directory", path: "bin/" },
    { type: "file", path: "bin/busybox", mode: 0o755, content: await readFile(staticBusybox) },
    ...applets.map((applet) => ({ type: "link" as const, path: `bin/${applet}`, target: "busybox" })),
    { type: "file", path: "unique", mode: 0o644, content: randomBytes(size) },
  ];
  return packLayer(entries);
}

async function pushManifest(
  host: string,
  name: string,
  layer: Bytes,
  platform: Platform,
  command: readonly string[] = ["/bin/sleep", "infinity"],
): Promise<PushedImage & { readonly size: number }> {
  const { repository, tag } = splitName(name);
  const config = bytesOf({
    ...platform,
    config: { Env: ["PATH=/bin"], Cmd: command },
    rootfs: { type: "layers", diff_ids: [digestOf(layer)] },
  });
  const manifest = bytesOf({
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config: await putBlob(host, repository, mediaTypes.config, config),
    layers: [await putBlob(host, repository, mediaTypes.layer, layer)],
  });
  const digest = await putManifest(host, repository, tag, mediaTypes.manifest, manifest);
  return {
    reference: `${host}/${repository}:${tag}`,
    repository: `${host}/${repository}`,
    digest,
    id: digestOf(config),
    size: manifest.length,
  };
}

/** Points another tag at a manifest the repository already holds, as a careless or hostile pusher does. */
export async function retag(image: PushedImage, tag: string): Promise<void> {
  const [host = "", ...rest] = image.repository.split("/");
  const from = await fetch(`http://${host}/v2/${rest.join("/")}/manifests/${image.digest}`, {
    headers: { accept: `${mediaTypes.manifest}, ${mediaTypes.index}` },
  });
  const mediaType = from.headers.get("content-type") ?? mediaTypes.manifest;
  await putManifest(host, rest.join("/"), tag, mediaType, new Uint8Array(await from.arrayBuffer()));
}

async function putBlob(host: string, repository: string, mediaType: string, content: Bytes) {
  const started = await put(`http://${host}/v2/${repository}/blobs/uploads/`, "POST", 202);
  const upload = new URL(started.headers.get("location") ?? "", `http://${host}`);
  const digest = digestOf(content);
  upload.searchParams.set("digest", digest);
  await put(upload, "PUT", 201, "application/octet-stream", content);
  return { mediaType, digest, size: content.length };
}

async function putManifest(host: string, repository: string, tag: string, mediaType: string, content: Bytes) {
  await put(`http://${host}/v2/${repository}/manifests/${tag}`, "PUT", 201, mediaType, content);
  return digestOf(content);
}

async function put(url: string | URL, method: string, wanted: number, mediaType?: string, body?: Bytes) {
  const response = await fetch(url, {
    method,
    ...(mediaType === undefined ? {} : { headers: { "content-type": mediaType } }),
    ...(body === undefined ? {} : { body }),
  });
  if (response.status !== wanted) {
    throw new Error(`${method} ${url}: ${response.status} ${(await response.text()).slice(0, 500)}`);
  }
  return response;
}

function splitName(name: string): { repository: string; tag: string } {
  const [repository = name, tag = "latest"] = name.split(":");
  return { repository, tag };
}

function bytesOf(json: unknown): Bytes {
  return Buffer.from(JSON.stringify(json));
}

function digestOf(bytes: Bytes): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}
