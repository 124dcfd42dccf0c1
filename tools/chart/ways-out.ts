import { authoritiesDirectory, authoritiesOf, mountedIfNamed } from "./mounted.ts";
import type { Fill } from "./placeholder.ts";

const cache = "/var/cache/countersign";

/** What a program needs that asks servers outside the cluster: proxies, CAs, and a place that is its own to write to. */
export function waysOut(fill: Fill, program: "controller" | "webhook") {
  const authorities = authoritiesOf(program);
  const mounted = mountedIfNamed(fill, authorities);
  const ifChosen = (name: string, path: string) => fill.items(path, [{ name, value: fill.value(path) }]);
  return {
    env: [
      { name: "HOME", value: cache },
      { name: "XDG_CACHE_HOME", value: cache },
      ...fill.items(authorities.path, [{ name: "SSL_CERT_DIR", value: authoritiesDirectory(authorities) }]),
      ...ifChosen("HTTP_PROXY", "proxy.http"),
      ...ifChosen("HTTPS_PROXY", "proxy.https"),
      ...ifChosen("NO_PROXY", "proxy.except"),
      ...fill.each(`${program}.extraEnv`),
    ],
    mounts: [{ name: "scratch", mountPath: cache }, ...mounted.mounts],
    volumes: [{ name: "scratch", emptyDir: { sizeLimit: "64Mi" } }, ...mounted.volumes],
  };
}
