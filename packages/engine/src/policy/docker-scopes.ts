import { formatReference, type ImageReference, repositoryName } from "../values/image-reference.ts";

/**
 * `host:port/a/b:tag`, `host:port/a/b`, `host:port/a`, `host:port`, then `*.` and each parent domain of the host.
 * A wildcard has no port and never stands for the bare domain.
 * Source: containers/image docker/policyconfiguration/naming.go.
 */
export function dockerScopes(image: ImageReference): readonly string[] {
  const scopes = [formatReference(image)];
  const elements = repositoryName(image).split("/");
  for (let length = elements.length; length > 0; length--) scopes.push(elements.slice(0, length).join("/"));
  const labels = image.domain.replace(/:.*$/, "").split(".");
  for (let parent = 1; parent < labels.length; parent++) scopes.push(`*.${labels.slice(parent).join(".")}`);
  return scopes;
}
