import type { ResourceIdentity } from "./policy-resource.ts";

/** What a resource is called in messages: `ClusterImagePolicy signed`, `ImagePolicy shop/signed`. */
export function resourceName({
  kind,
  namespace,
  name,
}: Pick<ResourceIdentity, "kind" | "name"> & { readonly namespace?: string | undefined }): string {
  return `${kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`;
}
