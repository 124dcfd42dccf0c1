/**
 * The registry API's error codes and what each says by default; containers/image leaves a message out where it
 * says no more. Source: docker/distribution registry/api/errcode and registry/api/v2.
 */
export const registryErrorMessages: ReadonlyMap<string, string> = new Map([
  ["UNKNOWN", "unknown error"],
  ["UNSUPPORTED", "The operation is unsupported."],
  ["UNAUTHORIZED", "authentication required"],
  ["DENIED", "requested access to the resource is denied"],
  ["UNAVAILABLE", "service unavailable"],
  ["TOOMANYREQUESTS", "too many requests"],
  ["DIGEST_INVALID", "provided digest did not match uploaded content"],
  ["SIZE_INVALID", "provided length did not match content length"],
  ["NAME_INVALID", "invalid repository name"],
  ["TAG_INVALID", "manifest tag did not match URI"],
  ["NAME_UNKNOWN", "repository name not known to registry"],
  ["MANIFEST_UNKNOWN", "manifest unknown"],
  ["MANIFEST_INVALID", "manifest invalid"],
  ["MANIFEST_UNVERIFIED", "manifest failed signature verification"],
  ["MANIFEST_BLOB_UNKNOWN", "blob unknown to registry"],
  ["BLOB_UNKNOWN", "blob unknown to registry"],
  ["BLOB_UPLOAD_UNKNOWN", "blob upload unknown to registry"],
  ["BLOB_UPLOAD_INVALID", "blob upload invalid"],
  ["PAGINATION_NUMBER_INVALID", "invalid number of results requested"],
]);
