import {
  type Flag,
  flagsHelp,
  registriesConfFlag,
  registriesDFlag,
  registryConfigPathFlag,
} from "../flag.ts";

/** The flags of `countersign image-verifier` as data; they mean what they mean to the gateway. */
export const verifierFlags = [
  {
    name: "signature-policy",
    value: "FILE",
    description: "containers-policy.json(5), for images of every namespace; an absolute path",
    default: "/etc/containers/policy.json",
  },
  registriesConfFlag,
  registriesDFlag,
  registryConfigPathFlag,
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
] as const satisfies readonly Flag[];

export type VerifierFlagName = (typeof verifierFlags)[number]["name"];

/** The flags for `--help`, one a line. */
export function verifierFlagsHelp(): string {
  return flagsHelp(verifierFlags);
}
