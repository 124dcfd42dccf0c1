import type { ErrorCode } from "@countersign/engine/values/error";
import { remedyForSilence } from "./remedy.ts";

/** What to do about an image that could not be signed, in one sentence. */
export function signingRemedy(code: ErrorCode, message: string): string | undefined {
  return code === "REGISTRY_UNREACHABLE" ? remedyForSilence(message) : byCode[code];
}

const byCode: Readonly<Partial<Record<ErrorCode, string>>> = {
  REGISTRY_DENIED:
    "signatures are stored beside the image: log in as somebody who may push there, or name the file that has the credentials with --authfile",
  REGISTRY_NOT_FOUND: "check the image's name; only what is in its registry is signed",
  REGISTRY_CONFLICT: "see who else signs this image at the moment, and sign again",
  SIGNER_FAILED:
    "run the command by hand with COUNTERSIGN_REQUEST=sign, and the message on its standard input",
  DEADLINE_EXCEEDED: "what is signed stays signed: sign again, or allow more with --timeout",
};
