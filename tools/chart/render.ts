import { at, isTruth } from "./placeholder.ts";

/**
 * Renders the few forms of Go templates that the chart uses, and refuses any other: `{{ toJson PATH }}`,
 * `{{ toJson (printf ":%v" PATH) }}`, and on lines of their own `{{- if PATH }}`, `{{- if regexMatch PATTERN PATH }}`,
 * `{{- range PATH }}`, `{{- end }}`, `{{- fail TEXT }}` and comments. Helm renders them to the same objects.
 * @throws RefusedValues by `fail`
 */
export function renderTemplate(text: string, root: Readonly<Record<string, unknown>>): string {
  const lines = text.split("\n").values();
  return block(lines, root, root, true).text;
}

/** What `fail` says of the choices. */
export class RefusedValues extends Error {
  override readonly name = "RefusedValues";
}

interface Block {
  readonly text: string;
}

function block(lines: Iterator<string>, root: unknown, dot: unknown, isOutermost: boolean): Block {
  const written: string[] = [];
  for (let next = lines.next(); next.done !== true; next = lines.next()) {
    const line = next.value;
    if (/^\{\{- \/\* [^*]* \*\/ -\}\}$/.test(line)) continue;
    const [, refusal] = /^\{\{- fail (".*") \}\}$/.exec(line) ?? [];
    if (refusal !== undefined) throw new RefusedValues(JSON.parse(refusal));
    const [, action, pattern, path = ""] =
      /^ *\{\{- (if|range|end)(?: (?:regexMatch (".*") )?(\S+))? \}\}$/.exec(line) ?? [];
    if (action === "end") {
      if (isOutermost) throw new SyntaxError("{{- end }} without a beginning");
      return { text: written.join("\n") };
    }
    if (action === undefined) {
      written.push(inline(line, root, dot));
      continue;
    }
    const inner = collect(lines);
    const named = lookUp(path, root, dot);
    const value = pattern === undefined ? named : new RegExp(JSON.parse(pattern), "u").test(String(named));
    const dots = action === "if" ? (isTruth(value) ? [dot] : []) : (value as readonly unknown[]);
    for (const one of dots) written.push(block([...inner, "{{- end }}"].values(), root, one, false).text);
  }
  if (!isOutermost) throw new SyntaxError("{{- end }} is missing");
  return { text: written.join("\n") };
}

/** The lines up to the end of the block that was opened. */
function collect(lines: Iterator<string>): readonly string[] {
  const inner: string[] = [];
  for (let depth = 1; ; ) {
    const { done, value: line } = lines.next();
    if (done === true) throw new SyntaxError("{{- end }} is missing");
    if (/^ *\{\{- (if|range) /.test(line)) depth++;
    if (/^ *\{\{- end \}\}$/.test(line) && --depth === 0) return inner;
    inner.push(line);
  }
}

function inline(line: string, root: unknown, dot: unknown): string {
  const form = /\{\{ toJson (?:(\S+)|\(printf ":%v" (\S+)\)) \}\}/g;
  if (/\{\{|\}\}/.test(line.replaceAll(form, ""))) {
    throw new SyntaxError(`not a form that is used here: ${line.trim()}`);
  }
  return line.replaceAll(form, (_all, plain: string | undefined, port: string | undefined) => {
    const path = plain ?? port ?? "";
    const value = lookUp(path, root, dot);
    if (value === undefined) throw new SyntaxError(`there is no ${path}`);
    return JSON.stringify(plain === undefined ? `:${value}` : value);
  });
}

function lookUp(path: string, root: unknown, dot: unknown): unknown {
  if (path === ".") return dot;
  if (/^\$\.(Values|Release)\.[A-Za-z.]+$/.test(path)) return at(root, path.slice(2));
  throw new SyntaxError(`not a path that is used here: ${path}`);
}
