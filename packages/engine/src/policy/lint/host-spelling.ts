import { quote } from "../../values/go-format.ts";
import type { Policy } from "../policy.ts";
import type { Hint } from "./hint.ts";
import { holdingFor } from "./parent-scopes.ts";
import { asksTheSame, scopePath } from "./requirement-lists.ts";
import { deadScope } from "./scope-spelling.ts";

/** Hosts are compared letter by letter: another case or port is another host. */
export function* hostHints(policy: Policy): Generator<Hint> {
  const scopes = [...(policy.transports.get("docker")?.keys() ?? [])].filter((scope) => !deadScope(scope));
  const ports = portsByHost(scopes);
  for (const scope of scopes) {
    const [host = ""] = scope.split("/", 1);
    if (host !== host.toLowerCase()) yield capitals(scope, host);
    const [, name, port] = /^([^:@]+):(443|80)$/.exec(host) ?? [];
    if (name !== undefined) yield defaultPort(scope, name, port ?? "");
    if (scope === host) yield* missedPorts(policy, host, ports.get(host) ?? new Set());
  }
}

/** `host` → each `host:port` that the file speaks of */
function portsByHost(scopes: readonly string[]): ReadonlyMap<string, ReadonlySet<string>> {
  const ports = new Map<string, Set<string>>();
  for (const scope of scopes) {
    const [withPort = "", host] = /^([^/:@]+):\d+(?=$|\/)/.exec(scope) ?? [];
    if (host !== undefined) ports.set(host, (ports.get(host) ?? new Set()).add(withPort));
  }
  return ports;
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
function* missedPorts(policy: Policy, host: string, ports: ReadonlySet<string>): Generator<Hint> {
  const scopes = policy.transports.get("docker");
  const own = scopes?.get(host);
  for (const withPort of ports) {
    const instead = holdingFor(policy, "docker", withPort);
    if (own === undefined || scopes?.has(withPort) || asksTheSame(own, instead.requirements)) continue;
    yield {
      code: "PORT_MAKES_ANOTHER_HOST",
      path: scopePath("docker", host),
      message: `this is no parent of ${withPort}, whose other images fall to ${instead.name}`,
      remedy: `add ${quote(withPort)} with the requirements that are meant for it`,
    };
  }
}
