/** A systemd unit with its drop-ins: the values of each setting, in order. */
export interface Unit {
  /** the unit's own file */
  readonly file: string;
  readonly settings: ReadonlyMap<UnitSetting, readonly string[]>;
}

/** Section and name: `Service.Restart`. */
export type UnitSetting = `${string}.${string}`;

/** The value that counts of a setting that has one; undefined when it is not set. */
export function unitValue({ settings }: Unit, setting: UnitSetting): string | undefined {
  return settings.get(setting)?.at(-1);
}

/**
 * Reads a unit's text and those of its drop-ins: lines that end in a backslash go on, `#` and `;` begin comments, and an
 * empty value takes back what was set before.
 * Source: systemd.syntax(7), systemd.unit(5).
 */
export function parseUnit(file: string, texts: readonly string[]): Unit {
  const settings = new Map<UnitSetting, readonly string[]>();
  for (const text of texts) {
    let section = "";
    for (const line of logicalLines(text)) {
      const [, header] = /^\[(.*)\]$/.exec(line) ?? [];
      if (header !== undefined) section = header;
      const [, name, value = ""] = /^([A-Za-z0-9]+)\s*=\s*(.*)$/.exec(line) ?? [];
      if (name === undefined) continue;
      const setting: UnitSetting = `${section}.${name}`;
      settings.set(setting, value === "" ? [] : [...(settings.get(setting) ?? []), value]);
    }
  }
  return { file, settings };
}

function logicalLines(text: string): readonly string[] {
  const lines: string[] = [];
  let begun = "";
  for (const line of text.split(/\r?\n/)) {
    if (/^\s*[#;]/.test(line)) continue;
    if (line.endsWith("\\")) {
      begun += `${line.slice(0, -1)} `;
      continue;
    }
    lines.push((begun + line).trim());
    begun = "";
  }
  return [...lines, begun.trim()];
}

/** The words of a command line; quotes keep words together. Specifiers and variables stay as they are written. */
export function commandWords(commandLine: string): readonly string[] {
  const words = commandLine.replace(/^[@\-:+!|]+/, "").match(/(?:"(?:[^"\\]|\\.)*"|'[^']*'|[^\s"'])+/g) ?? [];
  return words.map((word) => word.replace(/"((?:[^"\\]|\\.)*)"|'([^']*)'/g, (_, a, b) => a ?? b));
}
