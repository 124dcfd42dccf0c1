import { type RegistryFront, startRegistryFront } from "./registry-front.ts";

/** A registry that tells the runtime something else than everybody else. */
export interface TwoFacedRegistry extends RegistryFront {
  /** Tags that mean another one of the same repository when containerd asks: `repository:tag` → tag. */
  readonly lies: Map<string, string>;
}

/** Stands in front of an honest registry, as a mirror, a cache or an attacker on the way does. */
export async function startTwoFacedRegistry(honest: string): Promise<TwoFacedRegistry> {
  const lies = new Map<string, string>();
  const front = await startRegistryFront(honest, ({ url = "", headers }) => {
    const [, repository = "", tag = ""] = /^\/v2\/(.+)\/manifests\/([^:]+)$/.exec(url) ?? [];
    const other = lies.get(`${repository}:${tag}`);
    const isRuntime = headers["user-agent"]?.startsWith("containerd/") ?? false;
    return isRuntime && other !== undefined ? `/v2/${repository}/manifests/${other}` : url;
  });
  return { ...front, lies };
}
