/**
 * How a manifest's member gets its value: in the chart from an installation's choices, in plain manifests from their
 * defaults. Only these few forms are used, so that a chart can be rendered without Helm.
 */
export interface Fill {
  /** the value at a path of the installation's choices */
  value(path: string): unknown;
  /** the port at a path, on all addresses, as a flag has it: `:PORT` */
  anyAddress(path: string): unknown;
  /** each member of a list, as members of the list it stands in */
  each(path: string): readonly unknown[];
  /** members of the list it stands in, that are there if something is chosen: neither false nor empty */
  items(path: string, items: readonly unknown[]): readonly unknown[];
  /** members of the object it stands in, likewise; once a path in an object */
  members(path: string, members: object): object;
  /** the namespace it is installed in */
  readonly namespace: string;
  /** the name of the list's member that is being written, within a repeated manifest */
  readonly item: string;
}

const [open, close] = ["\u2983", "\u2984"];
const mark = (words: string) => `${open}${words}${close}`;
const marked = (words: string) => `"?${open}${words}${close}"?`;

/** Leaves marks that {@link templateText} turns into Helm's words. */
export const chartFill: Fill = {
  value: (path) => mark(`toJson $.Values.${path}`),
  anyAddress: (path) => mark(`at $.Values.${path}`),
  each: (path) => [mark(`range $.Values.${path}`)],
  items: (path, items) => [mark(`if $.Values.${path}`), ...items, mark("end")],
  members: (path, members) => ({
    [mark(`if $.Values.${path}`)]: null,
    ...members,
    [mark(`end ${path}`)]: null,
  }),
  namespace: mark("toJson $.Release.Namespace"),
  item: mark("toJson ."),
};

/** JSON is YAML, whatever the value is. */
export function templateText(yaml: string): string {
  return yaml
    .replaceAll(
      new RegExp(`^( *)- ${marked(`range ([^${close}]*)`)}$`, "gm"),
      "$1{{- range $2 }}\n$1- {{ toJson . }}\n$1{{- end }}",
    )
    .replaceAll(new RegExp(`^( *)(?:- )?${marked(`if ([^${close}]*)`)}(?:: null)?$`, "gm"), "$1{{- if $2 }}")
    .replaceAll(new RegExp(`^( *)(?:- )?${marked(`end[^${close}]*`)}(?:: null)?$`, "gm"), "$1{{- end }}")
    .replaceAll(new RegExp(marked(`at ([^${close}]*)`), "g"), '{{ toJson (printf ":%v" $1) }}')
    .replaceAll(new RegExp(marked(`([^${close}]*)`), "g"), "{{ $1 }}");
}

/** What everything is without any choice. */
export function plainFill(values: Readonly<Record<string, unknown>>, namespace: string): Fill {
  const isChosen = (path: string) => isTruth(at(values, path));
  return {
    value: (path) => at(values, path),
    anyAddress: (path) => `:${at(values, path)}`,
    each: (path) => at(values, path) as readonly unknown[],
    items: (path, items) => (isChosen(path) ? items : []),
    members: (path, members) => (isChosen(path) ? members : {}),
    namespace,
    item: "",
  };
}

/** What Go's templates take for true. Source: text/template, IsTrue. */
export function isTruth(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return Boolean(value);
  return Array.isArray(value) ? value.length > 0 : Object.keys(value).length > 0;
}

export function at(values: unknown, path: string): unknown {
  return path.split(".").reduce<unknown>((value, name) => (value as Record<string, unknown>)?.[name], values);
}
