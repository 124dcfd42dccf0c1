import { CountersignError } from "@countersign/engine/values/error";
import type { UserEnvironment } from "../environment.ts";
import { type ConfigFile, dropInDirectories, readDropIns } from "../files/config-files.ts";
import { readAttachmentLines } from "./attachment-lines.ts";
import { joinRegistriesD, type RegistriesD, type RegistriesDFile } from "./registries-d.ts";
import { rememberLast } from "./remember-last.ts";
import { readSignatureStorage } from "./signature-storage.ts";
import type { YamlValue } from "./yaml-value.ts";

const extension = ".yaml";

/**
 * Gives the registries.d in force now.
 * @param named - the one directory to read, instead of the user's, the administrator's and the distribution's
 * @returns a function that throws CountersignError CONFIG_INVALID, naming the file
 */
export function registriesDLoader(
  environment: UserEnvironment,
  named: string | undefined,
): () => Promise<RegistriesD> {
  const directories = named === undefined ? dropInDirectories(environment, "registries", extension) : [named];
  const parse = rememberLast(async (files) =>
    joinRegistriesD(await Promise.all(files.map(parseRegistriesDFile))),
  );
  return async () => parse(await readDropIns(directories, extension, "refused"));
}

/** @throws CountersignError CONFIG_INVALID, naming the file */
export async function parseRegistriesDFile({ path, text }: ConfigFile): Promise<RegistriesDFile> {
  try {
    return { path, ...(readAttachmentLines(text) ?? readSignatureStorage(await documentIn(text))) };
  } catch (error) {
    const { message } = CountersignError.from(error);
    throw new CountersignError("CONFIG_INVALID", `parsing ${path}: ${message}`);
  }
}

/** A file of comments, as distributions ship it, needs no parser; one with anything strange in them does. */
async function documentIn(text: string): Promise<YamlValue> {
  if (text.split("\n").every((line) => /^ *(?:#[\t -~]*)?\r?$/.test(line))) return { kind: "null" };
  const { parseYaml } = await import("./parse-yaml.ts");
  return parseYaml(text);
}
