import type { GatewayFlag } from "../gateway-flags.ts";

/** The flags of `countersign image-verifier` as data; they mean what they mean to the gateway. */
export const verifierFlags = [
  {
    name: "signature-policy",
    value: "FILE",
    description: "containers-policy.json(5), for images of every namespace; an absolute path",
    default: "/etc/containers/policy.json",
  },
  {
    name: "registries-conf",
    value: "FILE",
    description: "containers-registries.conf(5); default: where the containers tools look",
  },
  {
    name: "registries-d",
    value: "DIR",
    description:
      "containers-registries.d(5), where signatures are kept; default: where the containers tools look",
  },
  {
    name: "registry-config-path",
    value: "DIRS",
    description:
      "containerd's config_path, directories of <registry>/hosts.toml: images are looked for where containerd looks",
  },
  {
    name: "authfile",
    value: "FILE",
    description:
      "credentials, containers-auth.json(5): containerd passes none; default: where the containers tools look",
  },
  {
    name: "trust-dir",
    value: "DIR",
    description:
      "keep there what was read of the TUF repositories that the policy names; a gateway's may be shared",
    default: "/var/lib/countersign/trust",
  },
  {
    name: "timeout",
    value: "SECONDS",
    description: "give up after this long; keep it below containerd's per_verifier_timeout",
    default: "8",
  },
] as const satisfies readonly GatewayFlag[];

export type VerifierFlagName = (typeof verifierFlags)[number]["name"];

/** The flags for `--help`, one a line. */
export function verifierFlagsHelp(): string {
  const lines = verifierFlags.map((flag: GatewayFlag) => {
    const note = flag.default === undefined ? "" : ` (default ${flag.default})`;
    return [`--${flag.name} ${flag.value}`, flag.description + note] as const;
  });
  const width = Math.max(...lines.map(([left]) => left.length));
  return lines.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`).join("\n");
}
