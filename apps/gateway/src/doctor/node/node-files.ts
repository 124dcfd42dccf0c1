/**
 * The files of a node, seen as the node itself sees them: from its own root, symbolic links followed within it. Nothing
 * is ever written. Declared by the checks.
 */
export interface NodeFiles {
  look(path: string): Promise<Looked>;
  /** a regular file of at most `limit` bytes; a larger one is barred */
  read(path: string, limit: number): Promise<Reading>;
  /** the names in a directory, sorted */
  list(path: string): Promise<Listing>;
  /** what a symbolic link says, not followed; undefined when there is none, or it cannot be read */
  linkText(path: string): Promise<string | undefined>;
}

export interface NodeFile {
  /** absolute, free of symbolic links */
  readonly path: string;
  readonly kind: "file" | "directory" | "socket" | "other";
  /** permissions with set-uid, set-gid and sticky bits: 0o7777 */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** bytes */
  readonly size: number;
}

export type Missing = { readonly type: "missing" };
/** there, as far as can be known, and out of sight */
export type Barred = { readonly type: "barred"; readonly why: string };

export type Looked = { readonly type: "found"; readonly file: NodeFile } | Missing | Barred;
export type Reading = { readonly type: "read"; readonly bytes: Uint8Array } | Missing | Barred;
export type Listing = { readonly type: "listed"; readonly names: readonly string[] } | Missing | Barred;

/** A file's text; bytes that are no UTF-8 are replaced. */
export async function readText(
  files: NodeFiles,
  path: string,
  limit: number,
): Promise<{ readonly type: "read"; readonly text: string } | Missing | Barred> {
  const reading = await files.read(path, limit);
  return reading.type === "read" ? { type: "read", text: new TextDecoder().decode(reading.bytes) } : reading;
}
