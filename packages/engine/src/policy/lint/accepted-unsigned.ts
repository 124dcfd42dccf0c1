import { quote } from "../../values/go-format.ts";
import type { Policy, Requirements } from "../policy.ts";
import type { Hint } from "./hint.ts";
import { asksTheSame, scopePath } from "./requirement-lists.ts";

/** Where strangers may push what they like. */
const publicRegistries = [
  "docker.io",
  "gcr.io",
  "ghcr.io",
  "public.ecr.aws",
  "quay.io",
  "registry.gitlab.com",
];

/** Places where anything runs, signed or not. */
export function* acceptedUnsignedHints(policy: Policy): Generator<Hint> {
  const docker = policy.transports.get("docker");
  const ofTransport = docker?.get("");
  if (ofTransport === undefined ? acceptsAnything(policy.default) : acceptsAnything(ofTransport)) {
    yield {
      code: "DEFAULT_ACCEPTS_EVERYTHING",
      path: ofTransport === undefined ? "default" : scopePath("docker", ""),
      message: "every image that no scope names runs, whoever made it",
      remedy: `write [{"type": "reject"}], and a scope for each place that images come from`,
    };
    return; // a registry accepted besides adds nothing
  }
  for (const [scope, requirements] of docker ?? []) {
    const open = publicRegistries.filter((host) => host === scope || isUnder(host, scope));
    if (open.length === 0 || !acceptsAnything(requirements)) continue;
    yield {
      code: "PUBLIC_REGISTRY_ACCEPTED",
      path: scopePath("docker", scope),
      message: `everybody may push to ${open.join(", ")}, and everything from there runs unsigned`,
      remedy: `name the repositories that are meant, as in ${quote(`${open[0]}/ORGANISATION/REPOSITORY`)}`,
    };
  }
}

function acceptsAnything(requirements: Requirements): boolean {
  return asksTheSame(requirements, [{ type: "insecureAcceptAnything" }]);
}

function isUnder(host: string, wildcard: string): boolean {
  return wildcard.startsWith("*.") && host.endsWith(wildcard.slice(1));
}
