import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import {
  type ImageContent,
  type ImagePlatform,
  storeImage,
  storeIndex,
  tinyImage,
} from "@countersign/testkit/registry/images";
import { registryStore, type StoredManifest } from "@countersign/testkit/registry/registry-store";
import { staticBusybox } from "./programs.ts";
import { pushStored } from "./push.ts";
import type { PushedImage } from "./pushed-image.ts";

/** The platform the runtime here takes from an index. */
export const thisPlatform: ImagePlatform = {
  os: "linux",
  architecture: process.arch === "x64" ? "amd64" : process.arch,
};

const otherPlatform: ImagePlatform = { os: "linux", architecture: "s390x" };

/** Pushes an image that runs: a static busybox that waits. It is unlike any other, because it holds bytes of its own. */
export async function pushBusybox(host: string, name: string, size = 16): Promise<PushedImage> {
  const { repository, tag } = splitName(name);
  const store = registryStore();
  const image = storeImage(store, repository, await busybox(thisPlatform, size), tag);
  await pushStored(host, store, repository, image, tag);
  return pushed(host, name, image, image);
}

/** The same under an index of two platforms, this machine's second. */
export async function pushBusyboxIndex(host: string, name: string): Promise<PushedImage> {
  const { repository, tag } = splitName(name);
  const store = registryStore();
  const contents = [await busybox(otherPlatform, 16), await busybox(thisPlatform, 16)];
  const index = storeIndex(store, repository, contents, tag);
  await pushStored(host, store, repository, index, tag);
  const instance = index.instances.find(({ platform }) => platform === thisPlatform);
  return pushed(host, name, index, instance ?? index);
}

/** Pushes an image that cannot run and is unlike any other: for what never starts one. */
export async function pushTiny(host: string, name: string): Promise<PushedImage> {
  const { repository, tag } = splitName(name);
  const store = registryStore();
  const image = storeImage(store, repository, tiny(thisPlatform), tag);
  await pushStored(host, store, repository, image, tag);
  return pushed(host, name, image, image);
}

/** Two of them under an index. */
export async function pushTinyIndex(
  host: string,
  name: string,
): Promise<{ readonly index: PushedImage; readonly instances: readonly PushedImage[] }> {
  const { repository, tag } = splitName(name);
  const store = registryStore();
  const index = storeIndex(store, repository, [tiny(otherPlatform), tiny(thisPlatform)], tag);
  await pushStored(host, store, repository, index, tag);
  return {
    index: pushed(host, name, index, index.instances[1] ?? index),
    instances: index.instances.map((instance) => pushed(host, name, instance, instance)),
  };
}

function tiny(platform: ImagePlatform): ImageContent {
  return { ...tinyImage, platform, files: { unique: randomBytes(16) } };
}

async function busybox(platform: ImagePlatform, size: number): Promise<ImageContent> {
  return {
    ...tinyImage,
    platform,
    files: { "bin/busybox": await readFile(staticBusybox), unique: randomBytes(size) },
    command: ["/bin/busybox", "sleep", "infinity"],
  };
}

function pushed(host: string, name: string, top: StoredManifest, instance: StoredManifest): PushedImage {
  const { config } = JSON.parse(new TextDecoder().decode(instance.bytes));
  const { repository, tag } = splitName(name);
  return {
    reference: `${host}/${repository}:${tag}`,
    repository: `${host}/${repository}`,
    digest: top.digest,
    id: config.digest,
  };
}

function splitName(name: string): { readonly repository: string; readonly tag: string } {
  const [repository = name, tag = "latest"] = name.split(":");
  return { repository, tag };
}
