/** A flag as data, so that the parser, the help and the guide cannot disagree. */
export interface Flag {
  /** without the dashes */
  readonly name: string;
  /** what stands for the value in the help */
  readonly value: string;
  readonly description: string;
  /** undefined: off, or required if so marked */
  readonly default?: string;
  readonly required?: true;
}

export const registriesConfFlag = {
  name: "registries-conf",
  value: "FILE",
  description: "containers-registries.conf(5); default: where the containers tools look",
} as const satisfies Flag;

export const registriesDFlag = {
  name: "registries-d",
  value: "DIR",
  description:
    "containers-registries.d(5), where signatures are kept; default: where the containers tools look",
} as const satisfies Flag;

export const registryConfigPathFlag = {
  name: "registry-config-path",
  value: "DIRS",
  description:
    "containerd's config_path, directories of <registry>/hosts.toml: images are looked for where containerd looks",
} as const satisfies Flag;

/** Flags for `--help`, one a line. */
export function flagsHelp(flags: readonly Flag[]): string {
  const lines = flags.map((flag) => {
    const note = flag.required
      ? " (required)"
      : flag.default === undefined
        ? ""
        : ` (default ${flag.default})`;
    return [`--${flag.name} ${flag.value}`, flag.description + note] as const;
  });
  const width = Math.max(...lines.map(([left]) => left.length));
  return lines.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`).join("\n");
}
