import { nextPage } from "./page.ts";
import { json, type RegistryAnswer, refusal } from "./registry-answer.ts";
import type { RegistryStore, StoredManifest } from "./registry-store.ts";
import type { RegistryRoute, RouteRequest } from "./route-request.ts";

/** Whether a registry lists what refers to a manifest (OCI distribution specification 1.1, listing referrers). */
export type ReferrersMode =
  | {
      readonly type: "api";
      /** the most that one answer lists; all when undefined */
      readonly pageSize?: number;
      /** whether it lists only the artifact type that is asked for */
      readonly filters?: boolean;
    }
  /** older ones: 404 without a word, a 400 or 406, a page for people */
  | { readonly type: "none"; readonly answer?: RegistryAnswer };

const indexType = "application/vnd.oci.image.index.v1+json";

export function referrersRoute(store: RegistryStore, mode: ReferrersMode) {
  return ({ repository, name }: RegistryRoute, { method, url }: RouteRequest): RegistryAnswer => {
    if (mode.type === "none") return mode.answer ?? refusal(404, "UNSUPPORTED", "404 page not found");
    if (method !== "GET" && method !== "HEAD") return refusal(405, "UNSUPPORTED", "unsupported");
    if (!/^sha256:[0-9a-f]{64}$/.test(name)) return refusal(400, "DIGEST_INVALID", "invalid digest");
    const wanted = mode.filters ? url.searchParams.get("artifactType") : null;
    const all = store.referrers(repository, name).map(descriptorOf);
    const listed = wanted === null ? all : all.filter(({ artifactType }) => artifactType === wanted);
    const first = listed.findIndex(({ digest }) => digest === url.searchParams.get("last")) + 1;
    const manifests = listed.slice(first, first + (mode.pageSize ?? listed.length));
    const isLast = first + manifests.length >= listed.length;
    return json(
      200,
      { schemaVersion: 2, mediaType: indexType, manifests },
      {
        "content-type": indexType,
        ...(wanted === null ? {} : { "oci-filters-applied": "artifactType" }),
        ...(isLast ? {} : nextPage(url, manifests.at(-1)?.digest ?? "")),
      },
    );
  };
}

/** What an index says of a referrer. */
export interface ReferrerDescriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

function descriptorOf({ mediaType, digest, bytes }: StoredManifest): ReferrerDescriptor {
  const { artifactType, config, annotations } = JSON.parse(Buffer.from(bytes).toString());
  return {
    mediaType,
    digest,
    size: bytes.length,
    artifactType: artifactType ?? config?.mediaType,
    annotations,
  };
}
