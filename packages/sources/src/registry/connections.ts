import { createHash } from "node:crypto";
import type { SecureContext } from "node:tls";
import { CountersignError } from "@countersign/engine/values/error";
import type { Dispatcher } from "undici";
import type { HostCertificates } from "../containers-config/certs-d.ts";
import type { UserEnvironment } from "../environment.ts";
import type { RequestDispatcher } from "./exchange.ts";
import { proxyChoice } from "./proxy-choice.ts";
import { readSystemAuthorities } from "./system-authorities.ts";

/** How a host proves itself to us, we to it, and how long it may take to be there. */
export interface ConnectionTerms {
  readonly certificates: HostCertificates;
  /** do not verify; only for registries configured `insecure` */
  readonly skipVerify: boolean;
  /** milliseconds; half a minute when undefined */
  readonly connectTimeout?: number | undefined;
}

/** What the machine says of the ways out. */
export type NetworkEnvironment = Pick<
  UserEnvironment,
  "caBundle" | "caDirectories" | "proxies" | "systemRoot"
>;

/** Kept connections, shared by all who ask on equal terms and by the same proxy. */
export interface Connections {
  /** @throws CountersignError CONFIG_INVALID when a client certificate, its key or a proxy's address cannot be used */
  dispatcher(terms: ConnectionTerms, url: URL): Promise<RequestDispatcher>;
  /** Ends every connection, in use or not. */
  close(): Promise<void>;
}

/** One host that hangs cannot take every socket. */
const connectionsPerHost = 16;
const idleTimeout = 15_000;
const defaultConnectTimeout = 30_000;
/** More than any node needs at a time; certificates that were replaced fall out at the old end. */
const maxAgents = 64;

export function openConnections(environment: NetworkEnvironment): Connections {
  const agents = new Map<string, Promise<KeptAgent>>();
  const proxyFor = proxyChoice(environment.proxies);
  const connect = async (terms: ConnectionTerms, proxy: URL | undefined): Promise<KeptAgent> => {
    const authorities = terms.skipVerify ? [] : await readSystemAuthorities(environment);
    const context = await secureContext(terms.certificates, authorities);
    if (proxy === undefined) return await newAgent(context, terms);
    const toProxy = await secureContext(noIdentities, await readSystemAuthorities(environment));
    return Object.assign(await newProxyAgent(context, terms, proxy, toProxy), { proxied: true } as const);
  };
  return {
    async dispatcher(terms, url) {
      const proxy = proxyFor(url);
      const name = nameOf(terms, proxy);
      const known = agents.get(name);
      if (known !== undefined) return known;
      const agent = connect(terms, proxy);
      agents.set(name, agent);
      agent.catch(() => agents.delete(name));
      retireOldest(agents);
      return agent;
    },
    async close() {
      const open = await Promise.allSettled(agents.values());
      agents.clear();
      const destroyed = open.map((agent) =>
        agent.status === "fulfilled" ? agent.value.destroy() : undefined,
      );
      await Promise.all(destroyed);
    },
  };
}

type KeptAgent = RequestDispatcher & Pick<Dispatcher, "close" | "destroy">;

const noIdentities: HostCertificates = { authorities: [], identities: [] };

/** undici and TLS are loaded with the first connection: a gateway that has nothing to verify does without them. */
async function newAgent(context: SecureContext, terms: ConnectionTerms): Promise<Dispatcher> {
  const { default: Agent } = await import("undici/lib/dispatcher/agent.js");
  return new Agent({ ...bounds, connect: tlsOptions(context, terms) });
}

/**
 * By way of a proxy: through a tunnel to who speaks TLS, by its word to who does not. The proxy has to prove itself to
 * the system's CAs, also where the registry behind it need not: it is told passwords.
 */
async function newProxyAgent(
  context: SecureContext,
  terms: ConnectionTerms,
  proxy: URL,
  toProxy: SecureContext,
): Promise<Dispatcher> {
  const { default: ProxyAgent } = await import("undici/lib/dispatcher/proxy-agent.js");
  const { default: Pool } = await import("undici/lib/dispatcher/pool.js");
  // undici's main entry gives it to every dispatcher; without that entry it is given to the one that needs it.
  const { default: connect } = await import("undici/lib/api/api-connect.js");
  return new ProxyAgent({
    ...bounds,
    uri: proxy.href,
    proxyTunnel: false,
    requestTls: tlsOptions(context, terms),
    proxyTls: { timeout: connectTimeout(terms), secureContext: toProxy },
    // The tunnel is asked for outside of any exchange, whose deadlines therefore do not count.
    clientFactory: (origin, options) =>
      Object.assign(new Pool(origin, { ...options, ...bounds, headersTimeout: defaultConnectTimeout }), {
        connect,
      }),
    factory: (origin, options) => new Pool(origin, { ...options, ...bounds }),
  });
}

const bounds = {
  connections: connectionsPerHost,
  // undici would follow a registry's wish for HTTP/2; every limit here is made and tested for HTTP/1.1.
  allowH2: false,
  keepAliveTimeout: idleTimeout,
  // Deadlines belong to the exchange, measured by its own clock.
  headersTimeout: 0,
  bodyTimeout: 0,
} as const;

function tlsOptions(secureContext: SecureContext, terms: ConnectionTerms) {
  return { timeout: connectTimeout(terms), secureContext, rejectUnauthorized: !terms.skipVerify };
}

/** undici takes 0 for endless. */
function connectTimeout({ connectTimeout = defaultConnectTimeout }: ConnectionTerms): number {
  return Math.max(connectTimeout, 1);
}

/** Made once: reading the CAs takes longer than a handshake. */
async function secureContext(
  { authorities, identities }: HostCertificates,
  systemAuthorities: readonly (string | Uint8Array)[],
): Promise<SecureContext> {
  const { createSecureContext } = await import("node:tls");
  for (const { path, certificate, key } of identities) {
    try {
      createSecureContext({ cert: Buffer.from(certificate), key: Buffer.from(key) });
    } catch (cause) {
      throw new CountersignError("CONFIG_INVALID", `client certificate ${path}: ${reasonOf(cause)}`, {
        cause,
      });
    }
  }
  return createSecureContext({
    ca: [...systemAuthorities, ...authorities].map((pem) => Buffer.from(pem)),
    cert: identities.map(({ certificate }) => Buffer.from(certificate)),
    key: identities.map(({ key }) => Buffer.from(key)),
  });
}

/** As Go's tls.X509KeyPair would say it, where it would; OpenSSL names routines instead of reasons. */
function reasonOf(cause: unknown): string {
  const message = cause instanceof Error ? cause.message : String(cause);
  if (/key values mismatch/i.test(message)) return "tls: private key does not match public key";
  if (/no start line/i.test(message)) return "tls: failed to find any PEM data";
  return `unusable certificate or key (${message})`;
}

function nameOf(terms: ConnectionTerms, proxy: URL | undefined): string {
  const { authorities, identities } = terms.certificates;
  const head = [terms.skipVerify, connectTimeout(terms), proxy?.href, authorities.length];
  const hash = createHash("sha256").update(JSON.stringify(head));
  const parts = [...authorities, ...identities.flatMap(({ certificate, key }) => [certificate, key])];
  for (const part of parts) hash.update(`${part.length}:`).update(part);
  return hash.digest("hex");
}

function retireOldest(agents: Map<string, Promise<KeptAgent>>): void {
  const [oldest] = agents;
  if (agents.size <= maxAgents || oldest === undefined) return;
  agents.delete(oldest[0]);
  oldest[1].then((agent) => agent.close()).catch(() => {});
}
