import type { Fill } from "./placeholder.ts";

/** What an installation puts into its namespace for a program to read, and names in its choices. */
export interface Mounted {
  /** the choice that names it; nothing is mounted while it is empty */
  readonly path: string;
  readonly kind: "configMap" | "secret";
  readonly volume: string;
  readonly flag?: string;
  /** what the flag names in it; undefined: all of it */
  readonly file?: string;
}

const at = ({ volume }: Mounted) => `/etc/countersign/${volume}`;

export const publicTrustedRoot: Mounted = {
  path: "publicTrustedRoot",
  kind: "configMap",
  volume: "public-root",
  flag: "--public-trusted-root",
  file: "trusted_root.json",
};

/** Besides the bundle of the image. */
export const authoritiesOf = (program: "controller" | "webhook"): Mounted => ({
  path: `${program}.authorities`,
  kind: "configMap",
  volume: "authorities",
});

export const authoritiesDirectory = at;

/** Where images are, and what they are fetched with. */
export const registrySettings: readonly Mounted[] = [
  {
    path: "webhook.registriesConf",
    kind: "configMap",
    volume: "registries-conf",
    flag: "--registries-conf",
    file: "registries.conf",
  },
  { path: "webhook.registriesD", kind: "configMap", volume: "registries-d", flag: "--registries-d" },
  {
    path: "webhook.credentials",
    kind: "secret",
    volume: "credentials",
    flag: "--authfile",
    file: ".dockerconfigjson",
  },
];

/**
 * Flags, mounts and volumes, each to be put into its list. None is optional to the kubelet: an object that is not there
 * keeps the pod from starting, and the pod's events name it.
 */
export function mountedIfNamed(fill: Fill, mounted: Mounted) {
  const { path, kind, volume, flag, file } = mounted;
  const name = fill.value(path);
  const source = kind === "secret" ? { secret: { secretName: name } } : { configMap: { name } };
  return {
    args:
      flag === undefined
        ? []
        : fill.items(path, [flag, file === undefined ? at(mounted) : `${at(mounted)}/${file}`]),
    mounts: fill.items(path, [{ name: volume, mountPath: at(mounted), readOnly: true }]),
    volumes: fill.items(path, [{ name: volume, ...source }]),
  };
}
