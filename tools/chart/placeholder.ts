/**
 * How a manifest's member gets its value: in the chart from an installation's choices, in plain manifests from their
 * defaults. Only these few forms are used, so that a chart can be rendered without Helm.
 */
export interface Fill {
  /** the value at a path of the installation's choices */
  value(path: string): unknown;
  /** each member of a list, as members of the list it stands in */
  each(path: string): readonly unknown[];
  /** the namespace it is installed in */
  readonly namespace: string;
  /** the name of the list's member that is being written, within a repeated manifest */
  readonly item: string;
}

const [open, close] = ["\u2983", "\u2984"];

/** Leaves marks that {@link templateText} turns into Helm's words. */
export const chartFill: Fill = {
  value: (path) => `${open}toJson $.Values.${path}${close}`,
  each: (path) => [`${open}range $.Values.${path}${close}`],
  namespace: `${open}toJson $.Release.Namespace${close}`,
  item: `${open}toJson .${close}`,
};

/** JSON is YAML, whatever the value is. */
export function templateText(yaml: string): string {
  return yaml
    .replaceAll(
      new RegExp(`^( *)- "?${open}range ([^${close}]*)${close}"?$`, "gm"),
      "$1{{- range $2 }}\n$1- {{ toJson . }}\n$1{{- end }}",
    )
    .replaceAll(new RegExp(`"?${open}([^${close}]*)${close}"?`, "g"), "{{ $1 }}");
}

/** What everything is without any choice. */
export function plainFill(values: Readonly<Record<string, unknown>>, namespace: string): Fill {
  return {
    value: (path) => at(values, path),
    each: (path) => at(values, path) as readonly unknown[],
    namespace,
    item: "",
  };
}

export function at(values: unknown, path: string): unknown {
  return path.split(".").reduce<unknown>((value, name) => (value as Record<string, unknown>)?.[name], values);
}
