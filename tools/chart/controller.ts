import { deployment, spread } from "./deployments.ts";
import { mountedIfNamed, publicTrustedRoot } from "./mounted.ts";
import type { Fill } from "./placeholder.ts";
import { metricsPort, metricsPorts, nobody, podTemplate, probes } from "./pods.ts";
import { waysOut } from "./ways-out.ts";

export function controller(fill: Fill): object {
  const args = ["controller", "--system-namespace", fill.namespace, "--unmatched", fill.value("unmatched")];
  const publicRoot = mountedIfNamed(fill, publicTrustedRoot);
  const out = waysOut(fill, "controller");
  return deployment(
    fill,
    "controller",
    podTemplate(fill, "controller", {
      args: [...args, "--metrics", `:${metricsPort}`, ...publicRoot.args],
      ports: metricsPorts,
      probes: probes(metricsPort, "HTTP"),
      env: out.env,
      mounts: { volumeMounts: [...out.mounts, ...publicRoot.mounts] },
      volumes: { volumes: [...out.volumes, ...publicRoot.volumes] },
      runsAs: nobody,
      more: spread(fill, "controller"),
    }),
  );
}
