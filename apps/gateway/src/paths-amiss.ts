import { access, constants, stat } from "node:fs/promises";
import { systemErrorText } from "@countersign/sources/system-error";
import type { GatewayConfig } from "./config.ts";
import type { GatewayFlagName } from "./gateway-flags.ts";

/** A path that a flag names and that cannot be read as what it is for. */
export interface PathAmiss {
  readonly flag: GatewayFlagName;
  readonly path: string;
  /** as the system words it: `no such file or directory`, `is a directory` */
  readonly reason: string;
  /** what becomes of pulls and containers as long as it is so */
  readonly consequence: string;
  readonly remedy: string;
}

interface NamedPath {
  readonly flag: GatewayFlagName;
  readonly paths: readonly string[];
  readonly kind: "file" | "directory";
  readonly missing: string;
  /** of what is there and cannot be used */
  readonly unusable: string;
}

/**
 * Looks at what flags name and nothing makes. None of it keeps a gateway from starting, for each may come later (a mount,
 * a controller), and some of it is not even looked for when it is missing: nobody would notice a misspelt flag.
 * `--signature-policy`, `--signature-policy-dir`, `--evidence-dir`, `--evidence-seed` and `--trust-dir` are told of by who
 * reads or makes them.
 */
export async function pathsAmiss(config: GatewayConfig): Promise<readonly PathAmiss[]> {
  const found = await Promise.all(namedPaths(config).map(amissIn));
  return found.flatMap((one) => one ?? []);
}

function namedPaths(config: GatewayConfig): readonly NamedPath[] {
  const { registriesConf, registriesD, registryConfigPath, authfile, knownNamespaces } = config;
  const refused = "every image is refused";
  return [
    {
      ...{ flag: "registries-conf", paths: listed(registriesConf), kind: "file" },
      ...{ missing: refused, unusable: refused },
    },
    {
      ...{ flag: "registries-d", paths: listed(registriesD), kind: "directory" },
      missing:
        "nobody says where signatures are: signatures that cosign stores beside images are not looked for",
      unusable: "every image whose policy asks for a signature is refused",
    },
    {
      ...{ flag: "registry-config-path", paths: registryConfigPath ?? [], kind: "directory" },
      missing:
        "no mirror and no registry's own CA is known: every image is looked for at its registry itself",
      unusable: "every image is refused",
    },
    {
      ...{ flag: "authfile", paths: listed(authfile), kind: "file" },
      missing: "registries are asked without credentials, but for pulls that bring their own",
      unusable: "every image is refused, but for pulls that bring credentials of their own",
    },
    {
      ...{ flag: "known-namespaces", paths: listed(knownNamespaces), kind: "file" },
      missing:
        "every pod waits, and is refused then, but for those of --bootstrap-namespaces, until countersign sync has written it",
      unusable: "every pod waits, and is refused then, but for those of --bootstrap-namespaces",
    },
  ];
}

const listed = (path: string | undefined): readonly string[] => (path === undefined ? [] : [path]);

/** Of several directories one is enough, as it is for containerd, whose own default names one that few nodes have. */
async function amissIn({ flag, paths, kind, missing, unusable }: NamedPath): Promise<PathAmiss | undefined> {
  const faults = await Promise.all(paths.map(async (path) => ({ path, fault: await faultOf(path, kind) })));
  const worst = faults.find(({ fault }) => fault !== undefined && !fault.isMissing) ?? faults[0];
  if (worst?.fault === undefined) return undefined;
  const { isMissing, reason } = worst.fault;
  if (isMissing && faults.some(({ fault }) => fault === undefined)) return undefined;
  return {
    ...{ flag, path: worst.path, reason, consequence: isMissing ? missing : unusable },
    remedy: isMissing
      ? `make that ${kind}, or mend --${flag} if it is misspelt; it counts without a restart once it is there`
      : `let --${flag} name a ${kind} that the gateway may read`,
  };
}

interface Fault {
  readonly isMissing: boolean;
  readonly reason: string;
}

async function faultOf(path: string, kind: NamedPath["kind"]): Promise<Fault | undefined> {
  try {
    const found = await stat(path);
    if (kind === "directory" && !found.isDirectory()) return { isMissing: false, reason: "not a directory" };
    if (kind === "file" && found.isDirectory()) return { isMissing: false, reason: "is a directory" };
    if (kind === "file" && !found.isFile()) return { isMissing: false, reason: "not a regular file" };
    await access(path, kind === "directory" ? constants.R_OK | constants.X_OK : constants.R_OK);
    return undefined;
  } catch (error) {
    return {
      isMissing: (error as NodeJS.ErrnoException).code === "ENOENT",
      reason: systemErrorText(error),
    };
  }
}
