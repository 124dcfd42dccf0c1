import { isLoopbackAddress, splitPort } from "../loopback.ts";
import { type ConfiguredHost, hostCapabilities, speaksOfTls } from "./configured-host.ts";

export type Scheme = "http" | "https";

/** Where containerd finds the registry that goes by another name. */
const hubName = "docker.io";
const hubHost = "registry-1.docker.io";

/**
 * The hosts with the last one filled in: when it has no address it is the registry itself, whatever the file says of its
 * capabilities. `https` on this machine is not verified.
 * Source: containerd 2.x core/remotes/docker/config, ConfigureHosts.
 * @param namespace - the registry as images name it: `docker.io`, `registry.example:5000`
 */
export function withRegistryItself(
  hosts: readonly ConfiguredHost[],
  namespace: string,
): readonly ConfiguredHost[] {
  return hosts.map((host, index) =>
    index === hosts.length - 1 && host.address.host === "" ? registryItself(host, namespace) : host,
  );
}

function registryItself(host: ConfiguredHost, namespace: string): ConfiguredHost {
  const itself = { ...host, path: "/v2", capabilities: new Set(hostCapabilities) };
  if (namespace === hubName) return { ...itself, address: { scheme: "https", host: hubHost, path: "" } };
  const { port } = splitPort(namespace);
  if (!isLocalhost(namespace)) return { ...itself, address: { scheme: "https", host: namespace, path: "" } };
  const scheme = port === "" || port === "443" ? "https" : "http";
  const tls = port === "80" ? host.tls : { ...host.tls, skipVerify: true };
  return { ...itself, tls, address: { scheme, host: namespace, path: "" } };
}

function isLocalhost(namespace: string): boolean {
  const { host } = splitPort(namespace);
  return host === "localhost" || isLoopbackAddress(host);
}

/** How a host is talked to, in this order; plain HTTP comes second only where nobody speaks TLS. */
export function schemesOf({ address, tls }: ConfiguredHost): readonly [Scheme, ...Scheme[]] | undefined {
  const { scheme, host } = address;
  if (scheme === "https") return ["https"];
  if (scheme !== "http") return undefined;
  return speaksOfTls(tls) && splitPort(host).port !== "80" ? ["https", "http"] : ["http"];
}

/** Whether a host must be told which registry is meant, since it is another one. */
export function standsInFor({ address: { host } }: ConfiguredHost, namespace: string): boolean {
  return host !== namespace && !(namespace === hubName && host === hubHost);
}

/** The name under which a host's images are known: for Docker's own registry not that of its server. */
export function registryName(host: string): string {
  return host === hubHost || host === "index.docker.io" ? hubName : host;
}
