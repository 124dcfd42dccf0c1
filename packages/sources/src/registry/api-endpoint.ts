import { posix } from "node:path";
import { CountersignError } from "@countersign/engine/values/error";
import { quote } from "@countersign/engine/values/go-format";

/** Where a host's API is, for who asks it without a greeting. */
export interface ApiEndpoint {
  /** one for each way to talk to it, in the order in which they are tried: HTTPS, plain HTTP */
  readonly roots: readonly [URL, ...URL[]];
  /** where the API begins: `/v2` */
  readonly path: string;
  /** the registry that is meant, for a host that stands in for several; it is told as the parameter `ns` */
  readonly namespace: string | undefined;
  /** the repository as the API there knows it */
  readonly repository: string;
}

/**
 * @param host - host[:port] as somebody wrote it
 * @throws CountersignError CONFIG_INVALID when it is no host of the web
 */
export function apiRoots(schemes: readonly [string, ...string[]], host: string): readonly [URL, ...URL[]] {
  const [first, ...others] = schemes.map((scheme) => {
    const address = `${scheme}://${host}/`;
    const root = URL.canParse(address) ? new URL(address) : undefined;
    if (root !== undefined && host !== "" && root.username === "" && root.pathname === "/") return root;
    throw new CountersignError("CONFIG_INVALID", `${quote(host)} is no host that can be asked`);
  });
  if (first === undefined) throw new CountersignError("INTERNAL", "an endpoint without a scheme");
  return [first, ...others];
}

/**
 * @param below - what is asked for, below the repository: `manifests/latest`
 * @param query - `?last=…`, as a list says where it goes on
 */
export function endpointUrl(
  root: URL,
  { path, namespace, repository }: ApiEndpoint,
  below: string,
  query = "",
): URL {
  return withNamespace(root, posix.join("/", path, repository, below), namespace, query);
}

/** The same text for the same endpoint only. */
export function endpointKey({ roots, path, namespace, repository }: ApiEndpoint): string {
  return JSON.stringify([roots.map(({ href }) => href), path, namespace, repository]);
}

/** The same among the registry's extensions; only an API at its usual place has them. */
export function extensionUrl(root: URL, endpoint: ApiEndpoint, below: string): URL | undefined {
  if (endpoint.path !== "/v2") return undefined;
  return withNamespace(root, posix.join("/extensions/v2", endpoint.repository, below), endpoint.namespace);
}

function withNamespace(root: URL, path: string, namespace: string | undefined, query = ""): URL {
  const url = new URL(root);
  url.search = query;
  // A backslash would count as a slash.
  url.pathname = path.replaceAll("\\", "%5C");
  if (namespace !== undefined) url.searchParams.set("ns", namespace);
  return url;
}
