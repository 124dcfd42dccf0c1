import { CountersignError } from "@countersign/engine/values/error";
import type { StoredFormat } from "@countersign/signing/signature-task";

/** Who signs, as it was typed. */
export interface SignerFlags {
  readonly key?: string;
  readonly passwordFile?: string;
  readonly signerCommand?: string;
  readonly signerPublicKey?: string;
}

/** Which services sign along, as it was typed. */
export interface ServiceFlags {
  readonly fulcioUrl?: string;
  readonly rekorUrl?: string;
  readonly rekorVersion?: "1" | "2";
  readonly tsaUrl?: string;
  readonly signingConfig?: string;
  readonly trustedRoot?: string;
  readonly identityToken?: string;
  readonly identityTokenFile?: string;
}

/** The flags that sign and attest have in common, as they were typed. */
export interface SigningFlags extends SignerFlags, ServiceFlags {
  readonly format: "bundle" | "legacy" | "both";
  readonly identity?: readonly string[];
  readonly recursive?: boolean;
  readonly dryRun?: boolean;
  readonly registriesConf?: string;
  readonly authfile?: string;
  readonly timeout: string;
  readonly output: "text" | "json";
}

export function formatsOf({ format }: Pick<SigningFlags, "format">): readonly StoredFormat[] {
  return format === "both" ? ["bundle", "legacy"] : [format];
}

export function usage(message: string): CountersignError {
  return new CountersignError("USAGE", message);
}
