export interface RouteRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Uint8Array;
}

/** A path below the API's, taken apart. */
export interface RegistryRoute {
  readonly repository: string;
  readonly kind: "manifests" | "blobs" | "uploads" | "tags" | "referrers";
  readonly name: string;
}
