import { formatReference, type ImageReference, repositoryName } from "../../values/image-reference.ts";

/**
 * `host:port/a/b:tag`, `host:port/a/b`, `host:port/a`, `host:port`, then `*.` and each parent domain of the host.
 * A wildcard has no port and never stands for the bare domain. So in all transports whose images have such names.
 * Source: containers/image docker/policyconfiguration/naming.go.
 */
export function dockerScopes(image: ImageReference): readonly string[] {
  const scopes = [formatReference(image), ...repositoryScopes(repositoryName(image))];
  const labels = image.domain.replace(/:.*$/, "").split(".");
  for (let parent = 1; parent < labels.length; parent++) scopes.push(`*.${labels.slice(parent).join(".")}`);
  return scopes;
}

/** `host:port/a/b`, `host:port/a`, `host:port` */
export function repositoryScopes(repository: string): readonly string[] {
  const elements = repository.split("/");
  return elements.map((_, dropped) => elements.slice(0, elements.length - dropped).join("/"));
}

/**
 * host, host/namespace, host/namespace/stream or host/namespace/stream:tag.
 * Source: containers/image openshift/openshift_transport.go, scopeRegexp.
 */
export function isOpenShiftScope(scope: string): boolean {
  return /^[^/]*(?:\/[^:/]*(?:\/[^:/]*(?::[^:/]*)?)?)?$/.test(scope);
}
