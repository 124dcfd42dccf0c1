import { type Flag, flagsHelp, registriesConfFlag, registriesDFlag, registryConfigPathFlag } from "./flag.ts";

/** Names follow CRI-O (`signature-policy…`, `log-level`), crictl (`…-endpoint`) and skopeo (`registries-…`, `authfile`). */
export const gatewayFlags = [
  {
    name: "listen",
    value: "unix:///PATH",
    description: "the socket to serve CRI on; give it to the kubelet and to crictl",
    default: "unix:///run/countersign/cri.sock",
  },
  {
    name: "occupied-socket",
    value: "RULE",
    description: "when a gateway serves there already: refuse to start, or take-over while that one drains",
    default: "refuse",
  },
  {
    name: "runtime-endpoint",
    value: "unix:///PATH",
    description: "the container runtime's own socket",
    required: true,
  },
  {
    name: "image-endpoint",
    value: "unix:///PATH",
    description: "the socket of its image service, if that is another one",
  },
  {
    name: "signature-policy",
    value: "FILE",
    description: "containers-policy.json(5) for every namespace without one of its own; an absolute path",
    default: "/etc/containers/policy.json",
  },
  {
    name: "signature-policy-dir",
    value: "DIR",
    description: "DIR/<namespace>.json replaces the policy for that namespace; an absolute path",
  },
  {
    name: "known-namespaces",
    value: "FILE",
    description:
      "what countersign sync writes there: a pod of a namespace that it does not name waits for it, and is refused if it does not come",
  },
  {
    name: "namespace-wait",
    value: "DURATION",
    description: "with --known-namespaces: how long such a pod waits",
    default: "20s",
  },
  {
    name: "bootstrap-namespaces",
    value: "NAMES",
    description:
      "with --known-namespaces: namespaces, separated by commas, whose pods never wait: they bring up what the others wait for",
    default: "kube-system,countersign-system",
  },
  registriesConfFlag,
  {
    name: "short-names",
    value: "WHERE",
    description:
      "what names without a registry mean: docker.io (as containerd has it) or registries.conf (as CRI-O has it)",
    default: "docker.io",
  },
  registriesDFlag,
  registryConfigPathFlag,
  {
    name: "authfile",
    value: "FILE",
    description: "the node's own credentials, containers-auth.json(5), for pulls that bring none",
  },
  {
    name: "evidence-dir",
    value: "DIR",
    description:
      "keep there what images were verified by, so that containers are judged without the registry",
    default: "/var/lib/countersign/evidence",
  },
  {
    name: "evidence-size",
    value: "MIB",
    description: "how much is kept there; what was of use least recently goes first",
    default: "256",
  },
  {
    name: "evidence-seed",
    value: "DIR",
    description:
      "evidence brought to the node, for registries it cannot reach: what policy test --record wrote; only read",
  },
  {
    name: "trust-dir",
    value: "DIR",
    description:
      "keep there what was read of the TUF repositories that policies name, so that it serves without them until it expires",
    default: "/var/lib/countersign/trust",
  },
  {
    name: "unnamed-images",
    value: "RULE",
    description:
      "containers whose image nobody names (kubelet before 1.28, crictl): deny, or judge under all-names it has",
    default: "deny",
  },
  {
    name: "checkpoints",
    value: "RULE",
    description: "containers restored from checkpoints, which nobody signs: deny, or allow",
    default: "deny",
  },
  {
    name: "metrics",
    value: "HOST:PORT",
    description: "serve /metrics, /healthz and /readyz there over plain HTTP; off by default",
  },
  {
    name: "pull-verify-timeout",
    value: "DURATION",
    description: "how long verifying one image may take before the pull fails, e.g. 90s or 2m",
    default: "60s",
  },
  {
    name: "create-verify-timeout",
    value: "DURATION",
    description: "how long judging a container's images may take before it is refused",
    default: "30s",
  },
  {
    name: "drain-timeout",
    value: "DURATION",
    description: "how long calls may still run after SIGTERM when no other gateway has come to serve",
    default: "30s",
  },
  {
    name: "handover-timeout",
    value: "DURATION",
    description: "how long calls may still run when another gateway serves new ones",
    default: "10m",
  },
  {
    name: "log-level",
    value: "LEVEL",
    description: "trace, debug, info, warn, error or fatal; decisions are logged at info and warn",
    default: "info",
  },
] as const satisfies readonly Flag[];

export type GatewayFlagName = (typeof gatewayFlags)[number]["name"];

/** The flags for `--help`, one a line. */
export function gatewayFlagsHelp(): string {
  return flagsHelp(gatewayFlags);
}
