import { CountersignError } from "@countersign/engine/values/error";
import { quote } from "@countersign/engine/values/go-format";

declare const namespaceBrand: unique symbol;

/** A checked name of a Kubernetes namespace, safe as a file name; {@link parseNamespace} is the way to get one. */
export type Namespace = string & { readonly [namespaceBrand]: true };

/** RFC 1123 label: Kubernetes itself allows a namespace nothing more. */
const label = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * Parses the namespace of a pull. A CRI client that names no pod (`crictl pull` without `--pod-config`) has none:
 * the empty text is `undefined`. Everything that is not a label is refused before it can touch a path; CRI-O
 * joins it unchecked, so there `../policy` names a file outside the directory.
 * @throws CountersignError NAMESPACE_INVALID
 */
export function parseNamespace(text: string): Namespace | undefined {
  if (text === "") return undefined;
  if (label.test(text)) return text as Namespace;
  throw new CountersignError(
    "NAMESPACE_INVALID",
    `${quote(shorten(text))} is not the name of a namespace: at most 63 characters a-z, 0-9 and "-", beginning and ending with a letter or digit`,
  );
}

function shorten(text: string): string {
  return text.length <= 80 ? text : `${text.slice(0, 80)}…`;
}
