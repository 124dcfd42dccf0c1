import { quote } from "../../values/go-format.ts";
import type { Policy } from "../policy.ts";
import type { Hint } from "./hint.ts";
import { holdingFor } from "./parent-scopes.ts";
import { asksTheSame, scopePath } from "./requirement-lists.ts";
import { deadScope } from "./scope-spelling.ts";

/** `*.example.com` does not stand for `example.com` itself, which then falls to something else. */
export function* wildcardHints(policy: Policy): Generator<Hint> {
  const scopes = policy.transports.get("docker") ?? new Map();
  const hosts = new Set([...scopes.keys()].map((scope) => scope.split(/[/:]/, 1)[0]));
  for (const [wildcard, requirements] of scopes) {
    const host = wildcard.slice(2);
    if (!wildcard.startsWith("*.") || deadScope(wildcard) !== undefined) continue;
    // a name of one label is no host without a port
    if (!host.includes(".") || hosts.has(host)) continue;
    const instead = holdingFor(policy, "docker", host);
    if (asksTheSame(instead.requirements, requirements)) continue;
    yield {
      code: "WILDCARD_MISSES_HOST",
      path: scopePath("docker", wildcard),
      message: `this does not stand for ${host} itself, whose images fall to ${instead.name}`,
      remedy: `add ${quote(host)} with the same requirements, if images come from there`,
    };
  }
}
