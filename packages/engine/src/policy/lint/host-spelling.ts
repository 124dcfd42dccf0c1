import { quote } from "../../values/go-format.ts";
import type { Policy } from "../policy.ts";
import type { Hint } from "./hint.ts";
import { holdingFor } from "./parent-scopes.ts";
import { asksTheSame, scopePath } from "./requirement-lists.ts";
import { deadScope } from "./scope-spelling.ts";

/** Hosts are compared letter by letter: another case or port is another host. */
export function* hostHints(policy: Policy): Generator<Hint> {
  const scopes = [...(policy.transports.get("docker")?.keys() ?? [])].filter((scope) => !deadScope(scope));
  for (const scope of scopes) {
    const [host = ""] = scope.split("/", 1);
    if (host !== host.toLowerCase()) yield capitals(scope, host);
    const [, name, port] = /^([^:@]+):(443|80)$/.exec(host) ?? [];
    if (name !== undefined) yield defaultPort(scope, name, port ?? "");
    if (scope === host && !/[:@]/.test(host) && !host.startsWith("*."))
      yield* missedPorts(policy, host, scopes);
  }
}

function capitals(scope: string, host: string): Hint {
  return {
    code: "HOST_IN_CAPITALS",
    path: scopePath("docker", scope),
    message: `this matches only images that are asked for with just these capitals: hosts keep their case`,
    remedy: `write ${quote(host.toLowerCase() + scope.slice(host.length))}`,
  };
}

function defaultPort(scope: string, name: string, port: string): Hint {
  return {
    code: "PORT_MAKES_ANOTHER_HOST",
    path: scopePath("docker", scope),
    message: `this matches only images that are asked for with :${port}, which is another host than ${name}`,
    remedy: `write ${quote(scope.replace(`:${port}`, ""))}, unless pods write the port`,
  };
}

/** A host without port is no parent of the same host with one, although the file speaks of both. */
function* missedPorts(policy: Policy, host: string, scopes: readonly string[]): Generator<Hint> {
  const own = policy.transports.get("docker")?.get(host);
  const withPort = scopes
    .map((scope) => scope.split("/", 1)[0] ?? "")
    .filter((other) => other.startsWith(`${host}:`));
  for (const other of new Set(withPort)) {
    if (!/:\d+$/.test(other) || scopes.includes(other)) continue;
    const instead = holdingFor(policy, "docker", other);
    if (own === undefined || asksTheSame(own, instead.requirements)) continue;
    yield {
      code: "PORT_MAKES_ANOTHER_HOST",
      path: scopePath("docker", host),
      message: `this is no parent of ${other}, whose other images fall to ${instead.name}`,
      remedy: `add ${quote(other)} with the requirements that are meant for it`,
    };
  }
}
