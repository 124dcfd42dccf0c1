import { type GoStruct, goBytes, goInt, goInt64, goList, goMap, goString, goStruct } from "./go-struct.ts";

/**
 * The structs that containers/image reads manifests into. One member of a wrong type and it reads nothing of them;
 * who reads more than it would let pass what it refuses.
 * Source: opencontainers/image-spec specs-go/v1; containers/image manifest/oci.go, internal/manifest.
 */
const goDigest = { kind: "string", name: "digest.Digest" } as const;

const platform = goStruct("v1.Platform", {
  architecture: goString,
  os: goString,
  "os.version": goString,
  "os.features": goList(goString),
  variant: goString,
});

export const ociDescriptorStruct: GoStruct = goStruct("v1.Descriptor", {
  mediaType: goString,
  digest: goDigest,
  size: goInt64,
  urls: goList(goString),
  annotations: goMap(goString),
  data: goBytes,
  platform,
  artifactType: goString,
});

const version = { schemaVersion: goInt };

export const ociManifestStruct: GoStruct = goStruct(
  "manifest.OCI1",
  {},
  {
    "Manifest.Versioned.": version,
    "Manifest.": {
      mediaType: goString,
      artifactType: goString,
      config: ociDescriptorStruct,
      layers: goList(ociDescriptorStruct),
      subject: ociDescriptorStruct,
      annotations: goMap(goString),
    },
  },
);

export const ociIndexStruct: GoStruct = goStruct(
  "manifest.OCI1IndexPublic",
  {},
  {
    "Index.Versioned.": version,
    "Index.": {
      mediaType: goString,
      artifactType: goString,
      manifests: goList(ociDescriptorStruct),
      subject: ociDescriptorStruct,
      annotations: goMap(goString),
    },
  },
);

/** An image layout's index.json, where it is read into the struct itself. */
export const ociLayoutStruct: GoStruct = goStruct(
  "v1.Index",
  {
    mediaType: goString,
    artifactType: goString,
    manifests: goList(ociDescriptorStruct),
    subject: ociDescriptorStruct,
    annotations: goMap(goString),
  },
  { "Versioned.": version },
);

const dockerDescriptor = goStruct(
  "manifest.Schema2ManifestDescriptor",
  {
    platform: goStruct("manifest.Schema2PlatformSpec", {
      architecture: goString,
      os: goString,
      "os.version": goString,
      "os.features": goList(goString),
      variant: goString,
      features: goList(goString),
    }),
  },
  {
    "Schema2Descriptor.": { mediaType: goString, size: goInt64, digest: goDigest, urls: goList(goString) },
  },
);

export const dockerListStruct: GoStruct = goStruct("manifest.Schema2ListPublic", {
  ...version,
  mediaType: goString,
  manifests: goList(dockerDescriptor),
});
