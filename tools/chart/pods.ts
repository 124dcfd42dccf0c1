import type { Program } from "./grants.ts";
import type { Fill } from "./placeholder.ts";

export const labelsOf = (program: string) => ({
  "app.kubernetes.io/name": `countersign-${program}`,
  "app.kubernetes.io/part-of": "countersign",
});

/** Nothing is written but where something is mounted, and nobody gains a right. */
const confined = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ["ALL"] },
};

export const metricsPort = 9466;
/** What it is in the pod, and which choice says where it listens. */
export const webhookPort = { name: "https", path: "webhook.port" } as const;
export const metricsPorts = [{ name: "metrics", containerPort: metricsPort }];

interface PodParts {
  readonly args: readonly unknown[];
  readonly ports: readonly object[];
  readonly probes: object;
  readonly env: unknown;
  /** how the container names volumes and the pod has them */
  readonly mounts: object;
  readonly volumes: object;
  readonly runsAs: object;
  readonly more: object;
}

export function podTemplate(fill: Fill, program: Program, parts: PodParts): object {
  return {
    metadata: {
      labels: labelsOf(program),
      ...fill.members("podAnnotations", { annotations: fill.value("podAnnotations") }),
    },
    spec: {
      serviceAccountName: `countersign-${program}`,
      ...fill.members("imagePullSecrets", { imagePullSecrets: fill.value("imagePullSecrets") }),
      priorityClassName: fill.value(`${program}.priorityClassName`),
      nodeSelector: fill.value(`${program}.nodeSelector`),
      tolerations: fill.value(`${program}.tolerations`),
      ...parts.more,
      securityContext: { ...parts.runsAs, seccompProfile: { type: "RuntimeDefault" } },
      containers: [
        {
          name: program,
          image: fill.value("image"),
          args: [...parts.args, ...fill.each(`${program}.extraArgs`)],
          env: parts.env,
          ports: parts.ports,
          ...parts.probes,
          securityContext: confined,
          resources: fill.value(`${program}.resources`),
          ...parts.mounts,
        },
      ],
      ...parts.volumes,
    },
  };
}

/** To be alive is to answer: a restart mends neither a policy nor an API server that is away. */
export function probes(port: number | string, scheme: "HTTP" | "HTTPS"): object {
  const get = (path: string) => ({ httpGet: { path, port, scheme }, periodSeconds: 10, timeoutSeconds: 5 });
  return {
    livenessProbe: { ...get("/healthz"), failureThreshold: 6 },
    readinessProbe: get("/readyz"),
  };
}

export const nobody = { runAsNonRoot: true, runAsUser: 65532, runAsGroup: 65532 };
