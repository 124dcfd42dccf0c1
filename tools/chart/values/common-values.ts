import { anyText, flag, objectName, objects, textMap, type ValueSpec, word } from "./value-spec.ts";

/** What concerns all programs, or none of them alone. */
export const commonValues: readonly ValueSpec[] = [
  {
    path: "image",
    description:
      "must be given: the image of all programs, with a digest if you can; its entry is the command countersign",
    value: "",
    schema: anyText,
  },
  {
    path: "imagePullSecrets",
    description: 'Secrets to pull that image with: [{"name": "pull"}]',
    value: [],
    schema: {
      type: "array",
      items: {
        type: "object",
        additionalProperties: false,
        required: ["name"],
        properties: { name: { ...objectName, minLength: 1 } },
      },
    },
  },
  {
    path: "unmatched",
    description: "what becomes of an image that no ClusterImagePolicy matches: deny, warn, allow",
    value: "deny",
    schema: word("deny", "warn", "allow"),
  },
  {
    path: "publicTrustedRoot",
    description:
      "a ConfigMap with the public Sigstore's trusted_root.json, for keyless policies without a TrustRoot",
    value: "",
    schema: objectName,
  },
  {
    path: "podAnnotations",
    description: 'of every pod, such as {"sidecar.istio.io/inject": "false"}',
    value: {},
    schema: textMap,
  },
  {
    path: "proxy.http",
    description:
      "how controller and webhook get out to registries and remote policies over plain HTTP: http://HOST:PORT",
    value: "",
    schema: anyText,
  },
  {
    path: "proxy.https",
    description: "and over HTTPS",
    value: "",
    schema: anyText,
  },
  {
    path: "proxy.except",
    description: "hosts, suffixes and networks that are reached without, with commas between: NO_PROXY",
    value: "",
    schema: anyText,
  },
  {
    path: "networkPolicy.enabled",
    description: "whether traffic is confined to what the programs need",
    value: true,
    schema: flag,
  },
  {
    path: "networkPolicy.apiServerPorts",
    description: "where API servers listen, behind the Service",
    value: [
      { protocol: "TCP", port: 443 },
      { protocol: "TCP", port: 6443 },
    ],
    schema: { ...objects, minItems: 1 },
  },
  {
    path: "networkPolicy.controllerEgress",
    description:
      "further rules of what the controller may reach, for --fetch-remote-policies or --kms-command",
    value: [],
    schema: objects,
  },
  {
    path: "flowControl.enabled",
    description: "whether the programs have a queue of their own at API servers",
    value: true,
    schema: flag,
  },
  {
    path: "podMonitor.enabled",
    description: "whether the Prometheus Operator, which then must be there, is told to read metrics",
    value: false,
    schema: flag,
  },
  {
    path: "podMonitor.labels",
    description: "by which your Prometheus selects it",
    value: {},
    schema: textMap,
  },
];
