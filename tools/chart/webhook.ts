import { deployment, spread } from "./deployments.ts";
import {
  authorities,
  authoritiesDirectory,
  mountedIfNamed,
  publicTrustedRoot,
  registrySettings,
} from "./mounted.ts";
import type { Fill } from "./placeholder.ts";
import { metricsPort, metricsPorts, nobody, podTemplate, probes, webhookPort } from "./pods.ts";

const cache = "/var/cache/countersign";
const scratch = { name: "scratch", emptyDir: { sizeLimit: "64Mi" } };

export function webhook(fill: Fill): object {
  const mounted = [publicTrustedRoot, ...registrySettings, authorities].map((one) =>
    mountedIfNamed(fill, one),
  );
  const args = [
    ...["webhook", "--listen", `:${webhookPort}`, "--system-namespace", fill.namespace],
    ...["--unmatched", fill.value("unmatched"), "--mode", fill.value("webhook.mode")],
    ...["--lockout", fill.value("webhook.lockout"), "--metrics", `:${metricsPort}`],
    ...mounted.flatMap((one) => one.args),
  ];
  return deployment(
    fill,
    "webhook",
    podTemplate(fill, "webhook", {
      args,
      ports: [{ name: "https", containerPort: webhookPort }, ...metricsPorts],
      probes: probes(webhookPort, "HTTPS"),
      env: [...environment(fill), ...fill.each("webhook.extraEnv")],
      mounts: {
        volumeMounts: [{ name: "scratch", mountPath: cache }, ...mounted.flatMap((one) => one.mounts)],
      },
      volumes: { volumes: [scratch, ...mounted.flatMap((one) => one.volumes)] },
      runsAs: nobody,
      more: {
        ...fill.members("webhook.hostNetwork", { hostNetwork: true, dnsPolicy: "ClusterFirstWithHostNet" }),
        terminationGracePeriodSeconds: 40,
        ...spread(fill, "webhook"),
      },
    }),
  );
}

function environment(fill: Fill): readonly unknown[] {
  const ifChosen = (name: string, path: string) => fill.items(path, [{ name, value: fill.value(path) }]);
  return [
    { name: "HOME", value: cache },
    { name: "XDG_CACHE_HOME", value: cache },
    ...fill.items(authorities.path, [{ name: "SSL_CERT_DIR", value: authoritiesDirectory }]),
    ...ifChosen("HTTP_PROXY", "proxy.http"),
    ...ifChosen("HTTPS_PROXY", "proxy.https"),
    ...ifChosen("NO_PROXY", "proxy.except"),
  ];
}
