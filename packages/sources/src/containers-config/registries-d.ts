import { dockerScopes } from "@countersign/engine/policy/transports/docker-scopes";
import { CountersignError } from "@countersign/engine/values/error";
import { quote } from "@countersign/engine/values/go-format";
import type { ImageReference } from "@countersign/engine/values/image-reference";

/** What one section of registries.d says about reading signatures; undefined where it says nothing. */
export interface SignatureStorage {
  /** the address of a lookaside, as written */
  readonly lookaside: string | undefined;
  readonly useSigstoreAttachments: boolean | undefined;
}

/** All files of containers-registries.d(5) together. */
export interface RegistriesD {
  readonly defaultDocker: SignatureStorage | undefined;
  /** scope → its section */
  readonly docker: ReadonlyMap<string, SignatureStorage>;
}

export interface RegistriesDFile extends RegistriesD {
  readonly path: string;
}

/**
 * Joins the files. A scope may be described once.
 * @throws CountersignError CONFIG_INVALID, in the reference's words (containers/image docker/registries_d.go)
 */
export function joinRegistriesD(files: readonly RegistriesDFile[]): RegistriesD {
  let defaultFrom: RegistriesDFile | undefined;
  const docker = new Map<string, SignatureStorage>();
  const definedIn = new Map<string, string>();
  for (const file of files) {
    if (file.defaultDocker !== undefined) {
      if (defaultFrom !== undefined) throw duplicate(`"default-docker"`, defaultFrom.path, file.path);
      defaultFrom = file;
    }
    for (const [scope, section] of file.docker) {
      const other = definedIn.get(scope);
      if (other !== undefined) throw duplicate(`"docker" namespace ${quote(scope)}`, other, file.path);
      docker.set(scope, section);
      definedIn.set(scope, file.path);
    }
  }
  return { defaultDocker: defaultFrom?.defaultDocker, docker };
}

function duplicate(what: string, first: string, second: string): CountersignError {
  return new CountersignError(
    "CONFIG_INVALID",
    `Error parsing signature storage configuration: ${what} defined both in ${quote(first)} and ${quote(second)}`,
  );
}

/**
 * What counts for one image at the place it is read from. Each option is looked for by itself: a section that does not
 * set it does not end the walk, whatever the manual page says.
 */
export function storageFor(config: RegistriesD, physical: ImageReference): SignatureStorage {
  const sections = [...dockerScopes(physical).map((scope) => config.docker.get(scope)), config.defaultDocker];
  const first = <K extends keyof SignatureStorage>(option: K): SignatureStorage[K] | undefined =>
    sections.find((section) => section?.[option] !== undefined)?.[option];
  return { lookaside: first("lookaside"), useSigstoreAttachments: first("useSigstoreAttachments") };
}
