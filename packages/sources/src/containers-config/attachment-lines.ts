import type { RegistriesD, SignatureStorage } from "./registries-d.ts";

/** Longest text that is read so, in characters: room for {@link maxAttachmentScopes} of the usual length, and more. */
export const maxAttachmentLines = 2 * 1024 * 1024;

/**
 * Scopes that may be written to such a file. CRI-O reads it at each pull, in time that grows with their square: most of a second
 * for ten thousand, eight for twenty-five.
 * Source: yaml.v3 decode.go, which compares each key of a mapping with all others; measured with skopeo.
 */
export const maxAttachmentScopes = 10_000;

const attached: SignatureStorage = { lookaside: undefined, useSigstoreAttachments: true };

/**
 * Reads a file of registries.d that says of scopes that signatures are attached, and nothing else, in the very lines that
 * Countersign writes. A cluster's policies may name more scopes than a YAML parser reads in the time of a pull; such lines have
 * one meaning to every parser. Undefined for any other text, and for one in which something comes twice: that has to be told.
 */
export function readAttachmentLines(text: string): RegistriesD | undefined {
  if (text.length > maxAttachmentLines) return undefined;
  const [start = "", isDefault, hasScopes] = opening.exec(text) ?? [];
  if (start === "") return undefined;
  const docker = new Map<string, SignatureStorage>();
  const section = / {2}"([A-Za-z0-9._:/*-]+)":\n {4}use-sigstore-attachments: true\n/y;
  section.lastIndex = start.length;
  let end = start.length;
  for (let found = section.exec(text); found !== null; found = section.exec(text)) {
    const [, scope = ""] = found;
    if (docker.has(scope)) return undefined;
    docker.set(scope, attached);
    end = section.lastIndex;
  }
  if (end !== text.length || (hasScopes !== undefined) !== docker.size > 0) return undefined;
  return { defaultDocker: isDefault === undefined ? undefined : attached, docker };
}

const opening = /^(default-docker:\n {2}use-sigstore-attachments: true\n)?(docker:\n)?/;
