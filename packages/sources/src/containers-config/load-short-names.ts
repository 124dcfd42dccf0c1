import { join } from "node:path";
import { CountersignError } from "@countersign/engine/values/error";
import { quote } from "@countersign/engine/values/go-format";
import type { UserEnvironment } from "../environment.ts";
import { type ConfigFile, readFirst, textOf } from "../files/config-files.ts";
import type { RegistriesConfLoader } from "./load-registries-conf.ts";
import { rememberLast } from "./remember-last.ts";
import { readShortNameAliases, type ShortNameAliases } from "./short-name-aliases.ts";
import { isShortName, type ResolvedName, resolveShortName } from "./short-names.ts";
import { tomlDocument } from "./toml-document.ts";
import { stringMapAt } from "./toml-table.ts";

/** Finds what names mean by the registries.conf in force now. */
export interface ShortNameResolver {
  /** @throws CountersignError REFERENCE_INVALID, SHORT_NAME_UNRESOLVED or CONFIG_INVALID */
  resolve(name: string): Promise<ResolvedName>;
}

/**
 * The aliases that podman writes when it asked its user which registry was meant count before every registries.conf.
 * They are read for short names only, so that a broken file of them is in nobody else's way.
 * Source: sysregistriesv2 shortNameAliasesConfPath, ResolveShortNameAlias.
 */
export function shortNameResolver(
  environment: UserEnvironment,
  registriesConf: RegistriesConfLoader,
): ShortNameResolver {
  const path = ownAliasesPath(environment);
  const parse = rememberLast(parseOwnAliases);
  const ownAliases = async (): Promise<ShortNameAliases> => {
    const found = await readFirst([path]);
    return parse(found === undefined ? [] : [{ path, text: textOf(path, found.reading) }]);
  };
  return {
    async resolve(name) {
      const { shortNames } = await registriesConf.load();
      const own = isShortName(name) ? await naming(path, ownAliases) : new Map();
      return resolveShortName(shortNames, own, name);
    },
  };
}

function ownAliasesPath({ uid, systemRoot, cacheHome }: UserEnvironment): string {
  const cache = uid === 0 ? join(systemRoot, "/var/cache") : cacheHome;
  return join(cache, "containers/short-name-aliases.conf");
}

async function parseOwnAliases([file]: readonly ConfigFile[]): Promise<ShortNameAliases> {
  if (file === undefined) return new Map();
  const top = { path: [], value: await tomlDocument(file.text) };
  return readShortNameAliases(stringMapAt(top, "aliases"), file.path);
}

async function naming<T>(path: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    const { message } = CountersignError.from(error);
    throw new CountersignError(
      "CONFIG_INVALID",
      `loading short-name aliases config file ${quote(path)}: ${message}`,
    );
  }
}
