import { createHash } from "node:crypto";
import type { SecureContext } from "node:tls";
import { CountersignError } from "@countersign/engine/values/error";
import type { Agent } from "undici";
import type { HostCertificates } from "../containers-config/certs-d.ts";
import type { RequestDispatcher } from "./exchange.ts";
import { readSystemAuthorities } from "./system-authorities.ts";

/** How a host proves itself to us, and we to it. */
export interface TlsTrust {
  readonly certificates: HostCertificates;
  /** do not verify; only for registries configured `insecure` */
  readonly skipVerify: boolean;
}

/** Kept connections, shared by all who trust alike. */
export interface Connections {
  /** @throws CountersignError CONFIG_INVALID when a client certificate or its key cannot be used */
  dispatcher(trust: TlsTrust): Promise<RequestDispatcher>;
  /** Ends every connection, in use or not. */
  close(): Promise<void>;
}

/** One host that hangs cannot take every socket. */
const connectionsPerHost = 16;
const idleTimeout = 15_000;
const connectTimeout = 30_000;
/** More than any certs.d needs at a time; certificates that were replaced fall out at the old end. */
const maxAgents = 64;

/** @param caBundle - the file of CAs to trust instead of the system's */
export function openConnections(caBundle: string | undefined, systemRoot: string): Connections {
  const agents = new Map<string, Promise<Agent>>();
  const connect = async (trust: TlsTrust): Promise<Agent> => {
    const authorities = trust.skipVerify ? [] : await readSystemAuthorities(caBundle, systemRoot);
    return await newAgent(await secureContext(trust.certificates, authorities), trust.skipVerify);
  };
  return {
    dispatcher(trust) {
      const name = nameOf(trust);
      const known = agents.get(name);
      if (known !== undefined) return known;
      const agent = connect(trust);
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

/** undici and TLS are loaded with the first connection: a gateway that has nothing to verify does without them. */
async function newAgent(context: SecureContext, skipVerify: boolean): Promise<Agent> {
  const { default: Agent } = await import("undici/lib/dispatcher/agent.js");
  return new Agent({
    connections: connectionsPerHost,
    // undici would follow a registry's wish for HTTP/2; every limit here is made and tested for HTTP/1.1.
    allowH2: false,
    keepAliveTimeout: idleTimeout,
    // Deadlines belong to the exchange, measured by its own clock.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: { timeout: connectTimeout, secureContext: context, rejectUnauthorized: !skipVerify },
  });
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

function nameOf({ certificates: { authorities, identities }, skipVerify }: TlsTrust): string {
  const hash = createHash("sha256").update(JSON.stringify([skipVerify, authorities.length]));
  const parts = [...authorities, ...identities.flatMap(({ certificate, key }) => [certificate, key])];
  for (const part of parts) hash.update(`${part.length}:`).update(part);
  return hash.digest("hex");
}

function retireOldest(agents: Map<string, Promise<Agent>>): void {
  const [oldest] = agents;
  if (agents.size <= maxAgents || oldest === undefined) return;
  agents.delete(oldest[0]);
  oldest[1].then((agent) => agent.close()).catch(() => {});
}
