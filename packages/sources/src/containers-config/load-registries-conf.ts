import { CountersignError } from "@countersign/engine/values/error";
import { quote, quoteList } from "@countersign/engine/values/go-format";
import type { UserEnvironment } from "../environment.ts";
import {
  type ConfigFile,
  configPaths,
  dropInDirectories,
  readDropIns,
  readFirst,
  textOf,
} from "../files/config-files.ts";
import { readRegularFile } from "../files/read-file.ts";
import { mergeRegistriesFiles, type RegistriesConf, type RegistriesFile } from "./registries-conf.ts";
import { readRegistriesFile } from "./registries-file.ts";
import { rememberLast } from "./remember-last.ts";
import { tomlDocument } from "./toml-document.ts";

/** Gives the registries.conf in force now: an edit counts from the next question on. */
export interface RegistriesConfLoader {
  /** @throws CountersignError CONFIG_INVALID, naming the file */
  load(): Promise<RegistriesConf>;
  /** where the configuration comes from, as messages name it */
  readonly description: string;
}

const name = "registries.conf";
const extension = ".conf";

/**
 * The named file must exist; so must the one in `$CONTAINERS_REGISTRIES_CONF`, which also turns the drop-ins off.
 * Otherwise the first of the usual places counts, and there may be none.
 * Source: containers-registries.conf(5); containers/storage pkg/configfile.
 */
export function registriesConfLoader(
  environment: UserEnvironment,
  named: string | undefined,
): RegistriesConfLoader {
  const required = named ?? environment.registriesConf;
  const mainPaths = required === undefined ? configPaths(environment, name) : [required];
  const withDropIns = named !== undefined || environment.registriesConf === undefined;
  const directories = withDropIns ? dropInDirectories(environment, name, extension) : [];
  const last = environment.registriesConfOverride;
  const parse = rememberLast(parseFiles);
  return {
    description: quoteList([...mainPaths, ...directories]),
    async load() {
      const main = required === undefined ? await firstOf(mainPaths) : [await mustRead(required)];
      const dropIns = await readDropIns(directories, extension);
      const override = last === undefined ? [] : [await mustRead(last)];
      return parse([...main, ...dropIns, ...override]);
    },
  };
}

async function firstOf(paths: readonly string[]): Promise<readonly ConfigFile[]> {
  const found = await readFirst(paths);
  return found === undefined ? [] : [{ path: found.path, text: textOf(found.path, found.reading) }];
}

async function mustRead(path: string): Promise<ConfigFile> {
  return { path, text: textOf(path, await readRegularFile(path, 8 * 1024 * 1024)) };
}

async function parseFiles(files: readonly ConfigFile[]): Promise<RegistriesConf> {
  const parsed: RegistriesFile[] = [];
  for (const file of files) parsed.push(await parseFile(file));
  return mergeRegistriesFiles(parsed);
}

async function parseFile({ path, text }: ConfigFile): Promise<RegistriesFile> {
  try {
    return readRegistriesFile(await tomlDocument(text), path);
  } catch (error) {
    const { message } = CountersignError.from(error);
    throw new CountersignError(
      "CONFIG_INVALID",
      `loading registries configuration ${quote(path)}: ${message}`,
    );
  }
}
