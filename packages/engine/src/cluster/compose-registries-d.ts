/**
 * A file of registries.d(5) that has signatures looked for which cosign attached, for the images that policies are about.
 * @param scopes of containers-policy.json(5); `""` is every image
 */
export function composeRegistriesD(scopes: Iterable<string>): string {
  const known = new Set([...scopes].map((scope) => scope.replace(/@.*/, "")));
  const lines = [...known]
    .filter((scope) => scope !== "")
    .sort()
    .map((scope) => `  ${JSON.stringify(scope)}: {use-sigstore-attachments: true}`);
  const everywhere = known.has("") ? ["default-docker: {use-sigstore-attachments: true}"] : [];
  return `${[...everywhere, ...(lines.length > 0 ? ["docker:", ...lines] : [])].join("\n")}\n`;
}
