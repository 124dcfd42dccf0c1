import { type ManifestRules, manifestRoute } from "./manifest-route.ts";
import { nextPage } from "./page.ts";
import { type ReferrersMode, referrersRoute } from "./referrers-route.ts";
import { json, type RegistryAnswer, refusal } from "./registry-answer.ts";
import type { RegistryStore } from "./registry-store.ts";
import type { RegistryRoute, RouteRequest } from "./route-request.ts";
import { blobRoute, uploadRoute } from "./upload-route.ts";

export function parseRoute(path: string, apiPath = "/v2"): RegistryRoute | undefined {
  const rest = path.startsWith(`${apiPath}/`) ? path.slice(apiPath.length) : "";
  const [, repository = "", kind = "", name = ""] =
    /^\/(.+)\/(manifests|blobs\/uploads|blobs|tags|referrers)\/([^/]*)$/.exec(rest) ?? [];
  if (repository === "") return undefined;
  return { repository, kind: kind === "blobs/uploads" ? "uploads" : (kind as RegistryRoute["kind"]), name };
}

/** What differs from one registry program to the next. */
export interface RegistryRules extends ManifestRules {
  readonly referrers: ReferrersMode;
  /** whether a POST that brings the whole blob is taken; else it opens a session like any other */
  readonly singlePost: boolean;
}

/** Answers as the OCI distribution specification says, pulls and pushes. */
export function registryRoutes(
  store: RegistryStore,
  rules: RegistryRules,
): (route: RegistryRoute, request: RouteRequest) => RegistryAnswer {
  const manifests = manifestRoute(store, rules);
  const blobs = blobRoute(store);
  const uploads = uploadRoute(store, rules.singlePost);
  const referrers = referrersRoute(store, rules.referrers);

  return (route, request) => {
    switch (route.kind) {
      case "manifests":
        return manifests(route, request);
      case "blobs":
        return blobs(route, request);
      case "uploads":
        return uploads(route, request);
      case "referrers":
        return referrers(route, request);
      case "tags":
        return tags(store, route, request);
    }
  };
}

function tags(store: RegistryStore, { repository }: RegistryRoute, { url }: RouteRequest): RegistryAnswer {
  const all = store.tags(repository);
  if (all.length === 0) return refusal(404, "NAME_UNKNOWN", "repository name not known to registry");
  const last = url.searchParams.get("last") ?? "";
  const rest = all.filter((tag) => tag > last);
  const page = rest.slice(0, Number(url.searchParams.get("n") ?? rest.length));
  const more = page.length < rest.length ? nextPage(url, page.at(-1) ?? last) : {};
  return json(200, { name: repository, tags: page }, more);
}
