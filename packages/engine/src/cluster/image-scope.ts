import { CountersignError } from "../values/error.ts";
import { isDomain, matchReference } from "../values/reference-grammar.ts";

/** OpenShift's limit. The longest scope that an image has, of a tag or a digest, is some 400 characters long. */
const maxLength = 512;

/**
 * Whether any image could be of a scope: a registry's host, a repository or what is above it, with a tag or digest, or the
 * subdomains of a domain (`*.example.com`). Scopes become keys of a file that all policies of a node share, and that is
 * void as a whole if one of them has a control character, or more characters than YAML allows a key.
 * Source: openshift/api config/v1/types_image_policy.go, ImageScope; containers/image docker/policyconfiguration/naming.go.
 */
export function isImageScope(text: string): boolean {
  if (text.length > maxLength) return false;
  if (text.startsWith("*.")) return !text.includes(":") && isDomain(text.slice(2));
  return isRegistry(isDomain(text) ? text : (matchReference(text)?.domain ?? ""));
}

/** @throws CountersignError POLICY_INVALID for what {@link isImageScope} is not true of */
export function parseImageScope(text: string): string {
  if (isImageScope(text)) return text;
  const why =
    text.length > maxLength
      ? `a scope has at most ${maxLength} characters`
      : "no image is of this scope: write a registry (quay.io), what is below it (quay.io/team), one image in full (docker.io/library/busybox:latest) or the subdomains of a domain (*.example.com)";
  throw new CountersignError("POLICY_INVALID", why);
}

/** Of names whose first part is not so, that part is no host: `team/app` is one of Docker Hub's. */
function isRegistry(domain: string): boolean {
  return /[.:]/.test(domain) || domain === "localhost";
}
