import { create, type DescMessage, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import type { Digest } from "@countersign/engine/values/digest";
import {
  formatReference,
  parseNamedReference,
  repositoryName,
} from "@countersign/engine/values/image-reference";
import {
  type CreateContainerRequest,
  CreateContainerRequestSchema,
  CreateContainerResponseSchema,
  type Image,
  ImageSchema,
  ImageStatusRequestSchema,
  ImageStatusResponseSchema,
  ListContainersResponseSchema,
  PodSandboxStatusRequestSchema,
  PodSandboxStatusResponseSchema,
  PullImageRequestSchema,
  PullImageResponseSchema,
  RemoveImageRequestSchema,
  RemoveImageResponseSchema,
} from "@countersign/sources/cri/generated/cri_pb";
import { type RuntimeAnswer, type RuntimeClient, rpcCode } from "../gate.ts";

/** An image in a registry, as far as a runtime tells its user of it. */
export interface PublishedImage {
  /** of the manifest or index */
  readonly digest: Digest;
  /** the id it gets: the digest of the config that the runtime's platform chooses */
  readonly id: Digest;
}

/**
 * For tests: a runtime and its registry at the gate's own port. It keeps names as containerd does, where an image
 * is an id, every name means one id, and removing one name removes all of that id.
 */
export interface RuntimeInMemory extends RuntimeClient {
  /** the registry: `repository:tag` → image; every image can be had by digest too */
  readonly published: Map<string, PublishedImage>;
  /** on disk: every name → image */
  readonly names: Map<string, PublishedImage>;
  readonly pinned: Set<string>;
  /** ids of images that containers were made from */
  readonly containers: Set<string>;
  /** pod sandboxes by their ids, each with its namespace */
  readonly sandboxes: Map<string, string>;
  /** requests by which containers were made, in order */
  readonly created: CreateContainerRequest[];
  /** what was called, in order: `PullImage registry.example/app:v1`, `PodSandboxStatus pod` */
  readonly calls: string[];
  /** the messages of PullImage calls, in order */
  readonly pulls: Uint8Array[];
  /** Runs before each call; what it returns is the call's answer. */
  beforeCall: (call: string, signal: AbortSignal) => Promise<RuntimeAnswer | undefined>;
}

export function runtimeInMemory(): RuntimeInMemory {
  const published = new Map<string, PublishedImage>();
  const names = new Map<string, PublishedImage>();
  const everPublished = new Map<string, PublishedImage>();

  function resolve(name: string): PublishedImage | undefined {
    for (const [tag, image] of published) everPublished.set(byDigest(tag, image), image);
    const reference = parseNamedReference(name);
    return reference.digest === undefined
      ? published.get(formatReference(reference))
      : everPublished.get(formatReference({ ...reference, tag: undefined }));
  }

  function held(name: string): Image | undefined {
    const image = [...names.values()].find(({ id }) => id === name) ?? byName(name);
    if (image === undefined) return undefined;
    const own = [...names].filter(([, { id }]) => id === image.id).map(([text]) => text);
    return create(ImageSchema, {
      id: image.id,
      repoTags: own.filter((text) => !text.includes("@")),
      repoDigests: own.filter((text) => text.includes("@")),
      size: 1n,
      pinned: runtime.pinned.has(image.id),
    });
  }

  function byName(name: string): PublishedImage | undefined {
    try {
      return names.get(normalised(name));
    } catch {
      return undefined; // a path, or an id that is not there
    }
  }

  const methods: Readonly<Record<string, (message: Uint8Array) => RuntimeAnswer>> = {
    PullImage(message) {
      runtime.pulls.push(message);
      const name = fromBinary(PullImageRequestSchema, message).image?.image ?? "";
      const image = resolve(name);
      if (image === undefined)
        return refusal(rpcCode.notFound, `failed to pull and unpack image "${name}": not found`);
      names.set(normalised(name), image);
      names.set(byDigest(name, image), image);
      return ok(PullImageResponseSchema, { imageRef: image.id });
    },
    ImageStatus(message) {
      const image = held(fromBinary(ImageStatusRequestSchema, message).image?.image ?? "");
      return ok(ImageStatusResponseSchema, image === undefined ? {} : { image });
    },
    RemoveImage(message) {
      const image = held(fromBinary(RemoveImageRequestSchema, message).image?.image ?? "");
      for (const [name, { id }] of names) if (id === image?.id) names.delete(name);
      return ok(RemoveImageResponseSchema, {});
    },
    PodSandboxStatus(message) {
      const { podSandboxId } = fromBinary(PodSandboxStatusRequestSchema, message);
      const [id, namespace] = [...runtime.sandboxes].find(([known]) => known.startsWith(podSandboxId)) ?? [];
      if (id === undefined || namespace === undefined)
        return refusal(rpcCode.notFound, `an error occurred when try to find sandbox "${podSandboxId}"`);
      return ok(PodSandboxStatusResponseSchema, { status: { id, metadata: { name: "pod", namespace } } });
    },
    CreateContainer(message) {
      const request = fromBinary(CreateContainerRequestSchema, message);
      const name = request.config?.image?.image ?? "";
      if (held(name) === undefined)
        return refusal(rpcCode.notFound, `failed to resolve image "${name}": not found`);
      runtime.created.push(request);
      return ok(CreateContainerResponseSchema, { containerId: `container-${runtime.created.length}` });
    },
    ListContainers: () =>
      ok(ListContainersResponseSchema, {
        containers: [...runtime.containers].map((imageId) => ({ id: `container-of-${imageId}`, imageId })),
      }),
  };

  const runtime: RuntimeInMemory = {
    published,
    names,
    pinned: new Set(),
    containers: new Set(),
    sandboxes: new Map(),
    created: [],
    calls: [],
    pulls: [],
    beforeCall: async () => undefined,
    async unary(path, message, _metadata, signal) {
      const method = path.slice(path.lastIndexOf("/") + 1);
      const call = [method, ...subjectOf(method, message)].join(" ");
      runtime.calls.push(call);
      const instead = await runtime.beforeCall(call, signal);
      if (signal.aborted) return refusal(rpcCode.cancelled, "context canceled");
      return (
        instead ?? methods[method]?.(message) ?? refusal(rpcCode.unimplemented, `unknown method ${method}`)
      );
    },
  };
  return runtime;
}

function subjectOf(method: string, message: Uint8Array): readonly string[] {
  switch (method) {
    case "ListContainers":
      return [];
    case "PodSandboxStatus":
      return [fromBinary(PodSandboxStatusRequestSchema, message).podSandboxId];
    case "CreateContainer":
      return [fromBinary(CreateContainerRequestSchema, message).config?.image?.image ?? ""];
    default: // all of the image service's requests have their image in the same place
      return [fromBinary(PullImageRequestSchema, message).image?.image ?? ""];
  }
}

function normalised(name: string): string {
  const reference = parseNamedReference(name);
  return formatReference(reference.digest === undefined ? reference : { ...reference, tag: undefined });
}

function byDigest(name: string, { digest }: PublishedImage): string {
  return `${repositoryName(parseNamedReference(name))}@${digest}`;
}

export function refusal(code: number, message: string): RuntimeAnswer {
  return { type: "status", status: { code, message } };
}

function ok<Schema extends DescMessage>(schema: Schema, init: MessageInitShape<Schema>): RuntimeAnswer {
  return { type: "ok", message: toBinary(schema, create(schema, init)) };
}
