import { deployment, spread } from "./deployments.ts";
import { mountedIfNamed, publicTrustedRoot, registrySettings } from "./mounted.ts";
import type { Fill } from "./placeholder.ts";
import { metricsPort, metricsPorts, nobody, podTemplate, probes, webhookPort } from "./pods.ts";
import { waysOut } from "./ways-out.ts";

export function webhook(fill: Fill): object {
  const mounted = [publicTrustedRoot, ...registrySettings].map((one) => mountedIfNamed(fill, one));
  const out = waysOut(fill, "webhook");
  const args = [
    ...["webhook", "--listen", fill.anyAddress(webhookPort.path), "--system-namespace", fill.namespace],
    ...["--unmatched", fill.value("unmatched"), "--mode", fill.value("webhook.mode")],
    ...["--lockout", fill.value("webhook.lockout"), "--metrics", `:${metricsPort}`],
    ...mounted.flatMap((one) => one.args),
  ];
  return deployment(
    fill,
    "webhook",
    podTemplate(fill, "webhook", {
      args,
      ports: [{ name: webhookPort.name, containerPort: fill.value(webhookPort.path) }, ...metricsPorts],
      probes: probes(webhookPort.name, "HTTPS"),
      env: out.env,
      mounts: {
        volumeMounts: [...out.mounts, ...mounted.flatMap((one) => one.mounts)],
      },
      volumes: { volumes: [...out.volumes, ...mounted.flatMap((one) => one.volumes)] },
      runsAs: nobody,
      more: {
        ...fill.members("webhook.hostNetwork", { hostNetwork: true, dnsPolicy: "ClusterFirstWithHostNet" }),
        terminationGracePeriodSeconds: 40,
        ...spread(fill, "webhook"),
      },
    }),
  );
}
