import type { ConfigFile } from "../files/config-files.ts";

/**
 * Reads configuration again only when a file of it changed. Files are compared by content: a modification time
 * can stand still over an edit.
 */
export function rememberLast<T>(
  parse: (files: readonly ConfigFile[]) => Promise<T>,
): (files: readonly ConfigFile[]) => Promise<T> {
  let last: { readonly files: readonly ConfigFile[]; readonly parsed: T } | undefined;
  return async (files) => {
    if (last !== undefined && same(last.files, files)) return last.parsed;
    const parsed = await parse(files);
    last = { files, parsed };
    return parsed;
  };
}

function same(a: readonly ConfigFile[], b: readonly ConfigFile[]): boolean {
  return (
    a.length === b.length &&
    a.every(({ path, text }, index) => path === b[index]?.path && text === b[index]?.text)
  );
}
