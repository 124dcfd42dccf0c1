import { count, extras, object, objectName, placement, resources, type ValueSpec } from "./value-spec.ts";

export const controllerValues: readonly ValueSpec[] = [
  { path: "controller.replicas", description: "one leads, the others wait", value: 2, schema: count },
  {
    path: "controller.authorities",
    description:
      "a ConfigMap with CA certificates (PEM) of servers and proxies that --fetch-remote-policies asks, besides the image's own",
    value: "",
    schema: objectName,
  },
  resources("controller", { requests: { cpu: "50m", memory: "128Mi" }, limits: { memory: "512Mi" } }),
  ...placement("controller", { priorityClassName: "system-cluster-critical", tolerations: [] }),
  { path: "controller.affinity", description: "as in a pod", value: {}, schema: object },
  ...extras("controller", ", such as --kms-command"),
];
