import type { Digest } from "./digest.ts";
import {
  type ImageReference,
  type NamedReference,
  parseImageReference,
  type TaggedReference,
} from "./image-reference.ts";

/**
 * An image where a transport of containers/image finds it. How it is written, `formatImageName` says, and what a policy
 * sees of it, `policySubject`.
 * Source: containers-transports(5).
 */
export type LocatedImage =
  | DockerImage
  | AtomicImage
  | DockerDaemonImage
  | DockerArchiveImage
  | StorageImage
  | DirectoryImage
  | OciImage
  | OciArchiveImage
  | SifImage
  | TarballImage;

/** In a registry: `docker://host/repository:tag` */
export interface DockerImage {
  readonly transport: "docker";
  readonly reference: ImageReference;
}

/** In an OpenShift registry: `atomic:host/namespace/stream:tag` */
export interface AtomicImage {
  readonly transport: "atomic";
  readonly reference: TaggedReference;
}

/** In Docker's own store, by its name or by the digest of its configuration: `docker-daemon:busybox:latest` */
export type DockerDaemonImage =
  | { readonly transport: "docker-daemon"; readonly id: undefined; readonly reference: ImageReference }
  | { readonly transport: "docker-daemon"; readonly id: Digest; readonly reference: undefined };

/** In a file that `docker save` wrote: `docker-archive:path:busybox:latest`, `docker-archive:path:@0` */
export interface DockerArchiveImage {
  readonly transport: "docker-archive";
  readonly path: string;
  /** undefined: the archive holds one image only, or `position` says which */
  readonly reference: TaggedReference | undefined;
  readonly position: number | undefined;
}

/** In the store of podman and CRI-O: `containers-storage:[overlay@/var/lib/containers/storage]busybox:latest` */
export type StorageImage = { readonly transport: "containers-storage"; readonly store: StorageStore } & (
  | {
      /** with a tag, a digest or both */ readonly reference: NamedReference;
      readonly id: string | undefined;
    }
  | { readonly reference: undefined; readonly id: string }
);

export interface StorageStore {
  readonly driver: string;
  /** an absolute path */
  readonly root: string;
  /** what else says how to open it, as written: `+/run/root:option,option`, or nothing */
  readonly options: string;
}

/** A file or directory. */
export interface PathPlace {
  /** as it was written: this is what is opened */
  readonly path: string;
  /** absolute and free of symbolic links, at least when it was looked at: by this a policy knows it */
  readonly resolvedPath: string;
}

/** A directory with one image in it, and its signatures: `dir:path` */
export interface DirectoryImage extends PathPlace {
  readonly transport: "dir";
}

/** In a directory of the OCI image layout: `oci:path:name`, `oci:path:@0`, `oci:path` */
export interface OciImage extends PathPlace {
  readonly transport: "oci";
  readonly entry: LayoutEntry;
}

/** Which manifest of a layout's index. */
export type LayoutEntry =
  | { readonly type: "only" }
  | { readonly type: "named"; readonly name: string }
  | { readonly type: "at"; readonly position: number };

/** An OCI image layout in a tar file: `oci-archive:path:name` */
export interface OciArchiveImage extends PathPlace {
  readonly transport: "oci-archive";
  readonly name: string | undefined;
}

/** In a file of Singularity's: `sif:path` */
export interface SifImage extends PathPlace {
  readonly transport: "sif";
}

/** Files that are to become the layers of an image: `tarball:path:path` */
export interface TarballImage {
  readonly transport: "tarball";
  readonly paths: readonly string[];
}

export function dockerImage(reference: ImageReference): DockerImage {
  return { transport: "docker", reference };
}

/**
 * An image in a registry, by the name a container tool is asked to pull.
 * @throws CountersignError REFERENCE_INVALID
 */
export function parseDockerImage(text: string): DockerImage {
  return dockerImage(parseImageReference(text));
}

/** The digest that an image's name itself demands of its manifest. */
export function pinnedDigest(image: LocatedImage): Digest | undefined {
  return "reference" in image ? image.reference?.digest : undefined;
}
