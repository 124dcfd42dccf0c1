import { CountersignError } from "@countersign/engine/values/error";
import type { RegistriesD, SignatureStorage } from "./registries-d.ts";

/**
 * What one parsed registries.d file says. Keys it knows nothing of are ignored, as the reference does: other
 * tools read the same files.
 * @throws CountersignError CONFIG_INVALID
 */
export function readSignatureStorage(document: unknown): RegistriesD {
  const top = mapOf(document, "the file");
  const defaultDocker = top.get("default-docker") ?? undefined;
  const docker = mapOf(top.get("docker"), `"docker"`);
  return {
    defaultDocker: defaultDocker === undefined ? undefined : readSection(defaultDocker, `"default-docker"`),
    docker: new Map(
      [...docker].map(([scope, section]) => [
        String(scope),
        readSection(section, `"docker" namespace "${scope}"`),
      ]),
    ),
  };
}

function readSection(section: unknown, place: string): SignatureStorage {
  const options = mapOf(section, place);
  for (const name of ["lookaside", "lookaside-staging", "sigstore", "sigstore-staging"]) {
    if (typeof options.get(name) === "object" && options.get(name) !== null) {
      throw invalid(`${place}: ${name} must be a text`);
    }
  }
  return { useSigstoreAttachments: booleanOf(options.get("use-sigstore-attachments"), place) };
}

/** YAML 1.1's words for true and false count where a boolean is expected, as in Go's yaml.v3. */
const oldBooleans: ReadonlyMap<unknown, boolean> = new Map([
  ...["y", "Y", "yes", "on"].map((word) => [word, true] as const),
  ...["n", "N", "no", "off"].map((word) => [word, false] as const),
]);

function booleanOf(value: unknown, place: string): boolean | undefined {
  if (value === undefined || value === null) return undefined;
  const boolean = typeof value === "boolean" ? value : oldBooleans.get(value);
  if (boolean === undefined) throw invalid(`${place}: use-sigstore-attachments must be true or false`);
  return boolean;
}

function mapOf(value: unknown, place: string): ReadonlyMap<unknown, unknown> {
  if (value === undefined || value === null) return new Map();
  if (!(value instanceof Map)) throw invalid(`${place}: a mapping is expected`);
  return value;
}

function invalid(message: string): CountersignError {
  return new CountersignError("CONFIG_INVALID", message);
}
