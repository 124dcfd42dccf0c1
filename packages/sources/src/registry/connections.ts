import { createHash } from "node:crypto";
import type { Agent, AgentOptions } from "node:http";
import type { SecureContext } from "node:tls";
import { CountersignError } from "@countersign/engine/values/error";
import type { HostCertificates } from "../containers-config/certs-d.ts";
import type { UserEnvironment } from "../environment.ts";
import { proxiedSender } from "./proxied-sender.ts";
import type { HttpProxy } from "./proxy.ts";
import { proxyChoice } from "./proxy-choice.ts";
import { directSender, type RequestSender } from "./request-sender.ts";
import { readSystemAuthorities } from "./system-authorities.ts";
import { tunnelling } from "./tunnel.ts";

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
  sender(terms: ConnectionTerms, url: URL): Promise<RequestSender>;
  /** Ends every connection, in use or not. */
  close(): Promise<void>;
}

/** One host that hangs cannot take every socket. */
const connectionsPerHost = 16;
const idleTimeout = 15_000;
const defaultConnectTimeout = 30_000;
/** More than any node needs at a time; certificates that were replaced fall out at the old end. */
const maxSenders = 64;

export function openConnections(environment: NetworkEnvironment): Connections {
  const senders = new Map<string, Promise<KeptSender>>();
  const proxyFor = proxyChoice(environment.proxies);
  const connect = async (terms: ConnectionTerms, proxy: URL | undefined): Promise<KeptSender> => {
    const authorities = terms.skipVerify ? [] : await readSystemAuthorities(environment);
    const context = await secureContext(terms.certificates, authorities);
    if (proxy === undefined) return newSender(context, terms);
    const toProxy = await secureContext(noIdentities, await readSystemAuthorities(environment));
    return newProxiedSender(context, terms, { url: proxy, secureContext: toProxy });
  };
  return {
    async sender(terms, url) {
      const proxy = proxyFor(url);
      const name = nameOf(terms, proxy);
      const known = senders.get(name);
      if (known !== undefined) return known;
      const sender = connect(terms, proxy);
      senders.set(name, sender);
      sender.catch(() => senders.delete(name));
      forgetOldest(senders);
      return sender;
    },
    async close() {
      const open = await Promise.allSettled(senders.values());
      senders.clear();
      for (const sender of open) if (sender.status === "fulfilled") sender.value.destroy();
    },
  };
}

interface KeptSender extends RequestSender {
  /** ends its connections, in use or not */
  destroy(): void;
}

const noIdentities: HostCertificates = { authorities: [], identities: [] };

/** TLS is loaded with the first connection: a gateway that has nothing to verify does without it. */
function newSender(secureContext: SecureContext, terms: ConnectionTerms): KeptSender {
  const agents = agentsByProtocol(secureContext, terms);
  return {
    ...directSender({ agentFor: agents.get, connectTimeout: connectTimeout(terms) }),
    destroy: agents.destroy,
  };
}

/**
 * By way of a proxy, which has to prove itself to the system's CAs also where the registry behind it need not: it is told
 * passwords.
 */
function newProxiedSender(
  secureContext: SecureContext,
  terms: ConnectionTerms,
  proxy: HttpProxy,
): KeptSender {
  const toProxy = agentsByProtocol(proxy.secureContext, { skipVerify: false });
  const tunnels = agentsByProtocol(secureContext, terms);
  const patience = { connectTimeout: connectTimeout(terms) };
  const tunnel = { secureContext, rejectUnauthorized: !terms.skipVerify, ...patience };
  return {
    ...proxiedSender(
      proxy,
      toProxy.get(proxy.url.protocol),
      tunnelling(tunnels.get("https:"), proxy, tunnel),
      patience,
    ),
    destroy() {
      toProxy.destroy();
      tunnels.destroy();
    },
  };
}

/** Connections of one kind, which keeps those to servers without TLS and with it apart. */
function agentsByProtocol(secureContext: SecureContext, { skipVerify }: Pick<ConnectionTerms, "skipVerify">) {
  const agents = new Map<string, Agent>();
  return {
    get(protocol: string): Agent {
      const known = agents.get(protocol);
      if (known !== undefined) return known;
      const fresh =
        protocol === "https:"
          ? new (process.getBuiltinModule("node:https").Agent)({
              ...bounds,
              secureContext,
              rejectUnauthorized: !skipVerify,
            } as AgentOptions)
          : new (process.getBuiltinModule("node:http").Agent)(bounds);
      agents.set(protocol, fresh);
      return fresh;
    },
    destroy() {
      for (const agent of agents.values()) agent.destroy();
    },
  };
}

const bounds: AgentOptions = {
  keepAlive: true,
  maxSockets: connectionsPerHost,
  maxFreeSockets: connectionsPerHost,
  timeout: idleTimeout,
};

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

/** What is under way on it goes on, and idle connections end by themselves. */
function forgetOldest(senders: Map<string, Promise<KeptSender>>): void {
  const [oldest] = senders.keys();
  if (senders.size > maxSenders && oldest !== undefined) senders.delete(oldest);
}
