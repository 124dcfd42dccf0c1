import { CountersignError } from "@countersign/engine/values/error";
import { quote } from "@countersign/engine/values/go-format";
import type { RegistriesD, SignatureStorage } from "./registries-d.ts";
import type { YamlValue } from "./yaml-value.ts";

/**
 * What one parsed registries.d file says. Keys it knows nothing of are ignored, as the reference does: other
 * tools read the same files.
 * Source: containers/image docker/registries_d.go, registryConfiguration.
 * @throws CountersignError CONFIG_INVALID
 */
export function readSignatureStorage(document: YamlValue): RegistriesD {
  const top = membersOf(document, "the file");
  const defaultDocker = top.get("default-docker") ?? none;
  const docker = membersOf(top.get("docker"), `"docker"`);
  return {
    defaultDocker: defaultDocker.kind === "null" ? undefined : readSection(defaultDocker, `"default-docker"`),
    docker: new Map(
      [...docker].map(([scope, section]) => [
        scope,
        readSection(section, `"docker" namespace ${quote(scope)}`),
      ]),
    ),
  };
}

/** The names of the staging places must be texts, though they are for writing only. */
function readSection(section: YamlValue, place: string): SignatureStorage {
  const options = membersOf(section, place);
  const [lookaside, sigstore] = ["lookaside", "sigstore", "lookaside-staging", "sigstore-staging"].map(
    (name) => textOf(options.get(name), `${place}: ${name}`),
  );
  return {
    lookaside: lookaside || sigstore || undefined,
    useSigstoreAttachments: booleanOf(options.get(attachments), `${place}: ${attachments}`),
  };
}

const attachments = "use-sigstore-attachments";
const none: YamlValue = { kind: "null" };

/** YAML 1.1's words count where a boolean is expected, as in Go's yaml.v3: even in quotes. */
const oldBooleans: ReadonlyMap<string, boolean> = new Map([
  ...["y", "Y", "yes", "Yes", "YES", "on", "On", "ON"].map((word) => [word, true] as const),
  ...["n", "N", "no", "No", "NO", "off", "Off", "OFF"].map((word) => [word, false] as const),
]);

function booleanOf(value: YamlValue = none, place: string): boolean | undefined {
  if (value.kind === "null") return undefined;
  if (value.kind === "scalar") {
    if (value.plain && /^(true|True|TRUE)$/.test(value.text)) return true;
    if (value.plain && /^(false|False|FALSE)$/.test(value.text)) return false;
    const old = oldBooleans.get(value.text);
    if (old !== undefined) return old;
  }
  throw invalid(`${place} must be true or false`);
}

/** A number is a text too: as it is written. */
function textOf(value: YamlValue = none, place: string): string {
  if (value.kind === "null") return "";
  if (value.kind === "scalar") return value.text;
  throw invalid(`${place} must be a text`);
}

function membersOf(value: YamlValue = none, place: string): ReadonlyMap<string, YamlValue> {
  if (value.kind === "null") return new Map();
  if (value.kind === "mapping") return value.members();
  throw invalid(`${place}: a mapping is expected`);
}

function invalid(message: string): CountersignError {
  return new CountersignError("CONFIG_INVALID", message);
}
