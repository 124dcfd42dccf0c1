import { parseSigningConfig, type SigningServices } from "@countersign/signing/keyless/signing-config";
import { readNamedFile } from "../bundle/named-file.ts";
import { type ServiceFlags, usage } from "./signing-flags.ts";

const maxConfig = 1024 * 1024;

/**
 * The services that the flags name, one by one or in a file.
 * @param now - milliseconds since 1970
 * @throws CountersignError USAGE or CONFIG_INVALID
 */
export async function servicesOf(flags: ServiceFlags, now: number): Promise<SigningServices> {
  const { signingConfig, fulcioUrl, rekorUrl, rekorVersion, tsaUrl } = flags;
  if (signingConfig !== undefined) {
    const named = [fulcioUrl, rekorUrl, rekorVersion, tsaUrl].some((one) => one !== undefined);
    if (named) throw usage("--signing-config names every service: leave it or the others out");
    return parseSigningConfig(await readNamedFile(signingConfig, maxConfig, "--signing-config"), now);
  }
  if (rekorVersion !== undefined && rekorUrl === undefined)
    throw usage("--rekor-version goes with --rekor-url");
  const rekor = addressOf("--rekor-url", rekorUrl);
  return {
    fulcio: addressOf("--fulcio-url", fulcioUrl),
    rekor: rekor && { url: rekor, version: rekorVersion === "2" ? 2 : 1 },
    timestampAuthority: addressOf("--tsa-url", tsaUrl),
  };
}

function addressOf(flag: string, text: string | undefined): URL | undefined {
  if (text === undefined) return undefined;
  const url = URL.parse(text);
  if (url !== null && /^https?:$/.test(url.protocol)) return url;
  throw usage(`${flag} ${JSON.stringify(text)}: write an address, as in https://rekor.example`);
}
