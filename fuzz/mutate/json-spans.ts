/** A stretch of text. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Where what is in a JSON text, as far as it is JSON. */
export interface JsonSpans {
  /** scalars, arrays and objects, inner ones before what they are in */
  readonly values: readonly Span[];
  /** name, colon and value */
  readonly members: readonly Span[];
  /** array elements that are not alone */
  readonly elements: readonly Span[];
  readonly names: readonly Span[];
}

const token = /"(?:[^"\\]|\\.)*"?|[{}[\],:]|[^\s{}[\],:"]+/gs;

interface Open {
  readonly start: number;
  readonly isObject: boolean;
  /** the last string, while it may turn out to be a name */
  name: Span | undefined;
  isNamed: boolean;
}

/** Finds them without minding what is wrong: half a text has spans too. */
export function jsonSpans(text: string): JsonSpans {
  const spans = {
    values: [] as Span[],
    members: [] as Span[],
    elements: [] as Span[],
    names: [] as Span[],
  };
  const open: Open[] = [];
  const complete = (value: Span): void => {
    spans.values.push(value);
    const parent = open.at(-1);
    if (parent === undefined) return;
    if (!parent.isObject) spans.elements.push(value);
    else if (parent.name !== undefined && parent.isNamed) {
      spans.names.push(parent.name);
      spans.members.push({ start: parent.name.start, end: value.end });
      parent.name = undefined;
    }
  };
  for (const { 0: word, index: start } of text.matchAll(token)) {
    const end = start + word.length;
    const parent = open.at(-1);
    if (word === "{" || word === "[") {
      open.push({ start, isObject: word === "{", name: undefined, isNamed: false });
    } else if (word === "}" || word === "]") {
      const closed = open.pop();
      if (closed !== undefined) complete({ start: closed.start, end });
    } else if (word === ",") {
      if (parent !== undefined) parent.isNamed = false;
    } else if (word === ":") {
      if (parent !== undefined) parent.isNamed = true;
    } else if (parent?.isObject === true && !parent.isNamed) parent.name = { start, end };
    else complete({ start, end });
  }
  return spans;
}
