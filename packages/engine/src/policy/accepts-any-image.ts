import type { Policy, Requirements } from "./policy.ts";

/**
 * Whether a policy lets in every image from a registry, whatever it is called and whoever signed it: then nothing of an
 * image has to be known to decide about it.
 */
export function acceptsAnyImage({ default: otherwise, transports, images }: Policy): boolean {
  const scopes = [...(transports.get("docker")?.values() ?? [])];
  const rules = images.map(({ requirements }) => requirements);
  return [otherwise, ...scopes, ...rules].every(acceptsAnything);
}

function acceptsAnything(requirements: Requirements): boolean {
  return requirements.every(({ type }) => type === "insecureAcceptAnything");
}
