import { parseTrustedRoot } from "@countersign/engine/signature/sigstore/parse-trusted-root";
import type { TrustedRoot } from "@countersign/engine/signature/sigstore/trusted-root";
import { CountersignError } from "@countersign/engine/values/error";
import type { SigningServices } from "@countersign/signing/keyless/signing-config";
import type { SigningMeans } from "@countersign/signing/perform-task";
import type { StoredFormat } from "@countersign/signing/signature-task";
import type { SigningParty } from "@countersign/signing/signing-party";
import { nobodyTrusted, noWitnesses, type Witnesses } from "@countersign/signing/witness";
import type { UserEnvironment } from "@countersign/sources/environment";
import { systemTiming } from "@countersign/sources/timing";
import { readNamedFile } from "../bundle/named-file.ts";
import type { Terminal } from "../terminal.ts";
import { openSigner } from "./open-signer.ts";
import { type ServiceFlags, type SignerFlags, usage } from "./signing-flags.ts";
import { servicesOf } from "./signing-services.ts";

/** What signing takes, until it is closed. */
export interface OpenMeans extends SigningMeans {
  close(): Promise<void>;
}

/**
 * Opens the key or asks for a certificate, as the flags say, and knows who is to see each signature.
 * @throws CountersignError USAGE, CONFIG_INVALID, SIGNING_KEY_UNUSABLE, IDENTITY_TOKEN_UNUSABLE, SIGNING_SERVICE_FAILED
 */
export async function openMeans(
  flags: SignerFlags & ServiceFlags,
  formats: readonly StoredFormat[],
  environment: UserEnvironment,
  io: Terminal,
  signal: AbortSignal,
): Promise<OpenMeans> {
  const signer = await openSigner(flags, io, signal);
  const addresses = await servicesOf(flags, systemTiming.now());
  requireSense(addresses, signer === undefined, formats);
  const trust = await trustIn(flags);
  if (signer !== undefined && addresses.rekor === undefined && addresses.timestampAuthority === undefined) {
    const party = { signer, certificate: undefined };
    const witnesses = { ...noWitnesses, trust };
    return { party: async () => party, witnesses, timing: systemTiming, close: async () => {} };
  }
  const { openServices } = await import("@countersign/signing/keyless/service-client");
  const services = openServices(environment, systemTiming);
  try {
    const witnesses = { ...(await witnessesOf(addresses, services)), trust };
    const party =
      signer === undefined
        ? await certified(flags, addresses.fulcio, services, io)
        : async (): Promise<SigningParty> => ({ signer, certificate: undefined });
    // what keeps us from having a certificate is told before anything is looked for
    await party(signal);
    return { party, witnesses, timing: systemTiming, close: () => services.close() };
  } catch (caught) {
    await services.close();
    throw caught;
  }
}

/** Says before anything is signed what nobody could verify, or would have no place. */
function requireSense(
  { fulcio, rekor, timestampAuthority }: SigningServices,
  isKeyless: boolean,
  formats: readonly StoredFormat[],
): void {
  if (rekor?.version === 2 && formats.includes("legacy")) {
    throw usage("cosign's old format has no place for the proof of a Rekor v2 log: write --format bundle");
  }
  if (!isKeyless) return;
  if (fulcio === undefined) {
    throw usage("who signs? Give --key FILE, --signer-command COMMAND, or --fulcio-url URL");
  }
  const saysWhen = rekor?.version === 1 || timestampAuthority !== undefined;
  if (saysWhen) return;
  throw usage(
    rekor === undefined
      ? "a certificate is valid for minutes, and somebody has to say when it was used: give --rekor-url or --tsa-url"
      : "a Rekor v2 log does not say when a certificate was used: give --tsa-url, too",
  );
}

const maxTrustedRootSize = 1024 * 1024;

/** Whom to believe about signatures that are there: nobody who is not named. */
async function trustIn({ trustedRoot }: ServiceFlags): Promise<TrustedRoot> {
  if (trustedRoot === undefined) return nobodyTrusted;
  const bytes = await readNamedFile(trustedRoot, maxTrustedRootSize, "--trusted-root");
  try {
    return parseTrustedRoot(bytes);
  } catch (caught) {
    throw usage(`--trusted-root ${trustedRoot}: ${CountersignError.from(caught).message}`);
  }
}

type Services = ReturnType<typeof import("@countersign/signing/keyless/service-client").openServices>;

async function witnessesOf(
  { rekor, timestampAuthority: stamps }: SigningServices,
  services: Services,
): Promise<Omit<Witnesses, "trust">> {
  const { rekorV1 } = await import("@countersign/signing/keyless/rekor-v1");
  const { rekorV2 } = await import("@countersign/signing/keyless/rekor-v2");
  const { timestampAuthority } = await import("@countersign/signing/keyless/timestamp-authority");
  const logs = { 1: rekorV1, 2: rekorV2 };
  return {
    log: rekor && logs[rekor.version](rekor.url, services),
    timestampAuthority: stamps && timestampAuthority(stamps, services),
  };
}

async function certified(
  flags: ServiceFlags,
  fulcio: URL | undefined,
  services: Services,
  io: Terminal,
): Promise<SigningMeans["party"]> {
  const { certify } = await import("@countersign/signing/keyless/fulcio");
  const { parseIdentityToken } = await import("@countersign/signing/keyless/identity-token");
  const { renewedParty } = await import("@countersign/signing/keyless/renewed-party");
  const { identityTokenSource } = await import("./identity-token-source.ts");
  if (fulcio === undefined) throw usage("who signs?");
  const token = identityTokenSource(flags, services, io);
  return renewedParty(
    async (signal) =>
      certify(fulcio, parseIdentityToken(await token(signal), systemTiming.now()), services, signal),
    systemTiming.now,
  );
}
