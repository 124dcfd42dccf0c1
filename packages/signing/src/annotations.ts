import { CountersignError } from "@countersign/engine/values/error";
import { quote } from "@countersign/engine/values/go-format";

/** What a signer adds to a signature, in the order of its names. Verifiers may ask for it. */
export type Annotations = ReadonlyMap<string, string>;

/**
 * @param written - `key=value` each
 * @throws CountersignError USAGE
 */
export function parseAnnotations(written: readonly string[] = []): Annotations {
  const annotations = new Map<string, string>();
  for (const text of written) {
    const at = text.indexOf("=");
    const [name, value] = [text.slice(0, Math.max(at, 0)), text.slice(at + 1)];
    if (name === "") throw usage(`annotation ${quote(text)}: write KEY=VALUE`);
    if (annotations.has(name)) throw usage(`annotation ${quote(name)} is given twice; leave one out`);
    const why = reserved.get(name);
    if (why !== undefined) throw usage(`annotation ${quote(name)}: ${why}`);
    annotations.set(name, value);
  }
  return new Map([...annotations].sort(([a], [b]) => (a < b ? -1 : 1)));
}

const reserved: ReadonlyMap<string, string> = new Map([
  ["timestamp", "podman, skopeo and CRI-O refuse signatures where it is a text; name it otherwise"],
  ["org.opencontainers.image.ref.name", "that is the name the image is signed for: write --identity NAME"],
]);

function usage(message: string): CountersignError {
  return new CountersignError("USAGE", message);
}
