import { CountersignError } from "@countersign/engine/values/error";

/** Of a private key that cannot sign, or cannot be read; the message holds nothing of it. */
export function unusableKey(message: string, options?: ErrorOptions): CountersignError {
  return new CountersignError("SIGNING_KEY_UNUSABLE", message, options);
}
