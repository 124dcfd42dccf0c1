import { CountersignError } from "../../values/error.ts";

/**
 * What an authority or attestation is called in messages.
 * @throws CountersignError POLICY_INVALID
 */
export function parseName(text: string): string {
  if (/^[\p{L}\p{N}\p{P}\p{S}]([\p{L}\p{N}\p{P}\p{S} ]{0,126}[\p{L}\p{N}\p{P}\p{S}])?$/u.test(text))
    return text;
  throw new CountersignError("POLICY_INVALID", "a name of at most 128 visible characters is expected");
}
