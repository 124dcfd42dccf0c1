/**
 * The path and each directory above it, but for `/`, which is what `""` is for.
 * Source: containers/image directory/directory_transport.go and oci/layout/oci_transport.go.
 * @param resolvedPath absolute, without symbolic links
 */
export function pathScopes(resolvedPath: string): readonly string[] {
  const elements = resolvedPath.split("/").slice(1);
  if (elements.join("") === "") return [];
  return elements.map((_, dropped) => `/${elements.slice(0, elements.length - dropped).join("/")}`);
}

/** Absolute, not `/`, and as Go's filepath.Clean would write it. */
export function isPathScope(scope: string): boolean {
  const [beforeRoot, ...elements] = scope.split("/");
  return beforeRoot === "" && elements.every((element) => !["", ".", ".."].includes(element));
}
