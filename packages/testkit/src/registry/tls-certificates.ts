import "reflect-metadata";
import { webcrypto } from "node:crypto";
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from "@peculiar/x509";

/** A certificate and its key, both PEM. */
export interface TlsIdentity {
  readonly certificate: string;
  readonly key: string;
}

/** A CA of its own that certifies servers and clients; nothing trusts it by itself. */
export interface TlsAuthority {
  readonly certificate: string;
  server(options?: ServerCertificateOptions): Promise<TlsIdentity>;
  client(name: string): Promise<TlsIdentity>;
}

export interface ServerCertificateOptions {
  /** the address it is for; 127.0.0.1 when undefined */
  readonly address?: string;
  readonly notAfter?: Date;
}

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const notBefore = new Date("2020-01-01T00:00:00Z");
const farAway = new Date("2090-01-01T00:00:00Z");

export async function tlsAuthority(name = "Test CA"): Promise<TlsAuthority> {
  const authorityKeys = await newKeys();
  const subject = `CN=${name}`;
  const root = await X509CertificateGenerator.create({
    subject,
    issuer: subject,
    notBefore,
    notAfter: farAway,
    publicKey: authorityKeys.publicKey,
    signingKey: authorityKeys.privateKey,
    signingAlgorithm: algorithm,
    extensions: [
      new BasicConstraintsExtension(true, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
    ],
  });
  const issue = async (
    leaf: string,
    usage: ExtendedKeyUsage,
    extensions: readonly SubjectAlternativeNameExtension[],
    notAfter: Date,
  ): Promise<TlsIdentity> => {
    const keys = await newKeys();
    const certificate = await X509CertificateGenerator.create({
      subject: `CN=${leaf}`,
      issuer: subject,
      notBefore,
      notAfter,
      publicKey: keys.publicKey,
      signingKey: authorityKeys.privateKey,
      signingAlgorithm: algorithm,
      extensions: [new ExtendedKeyUsageExtension([usage]), ...extensions],
    });
    return { certificate: certificate.toString("pem"), key: await pemOf(keys.privateKey) };
  };
  return {
    certificate: root.toString("pem"),
    server: ({ address = "127.0.0.1", notAfter = farAway } = {}) =>
      issue(
        "server",
        ExtendedKeyUsage.serverAuth,
        [
          new SubjectAlternativeNameExtension([
            { type: /^[\d.]+$/.test(address) ? "ip" : "dns", value: address },
          ]),
        ],
        notAfter,
      ),
    client: (leaf) => issue(leaf, ExtendedKeyUsage.clientAuth, [], farAway),
  };
}

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
}

async function pemOf(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", key)).toString("base64");
  return `-----BEGIN PRIVATE KEY-----\n${der.replaceAll(/.{64}/g, "$&\n")}\n-----END PRIVATE KEY-----\n`;
}
