import { CountersignError } from "@countersign/engine/values/error";
import type { Json, JsonMember } from "@countersign/engine/values/json";
import { type JsonDocument, jsonDocument } from "@countersign/engine/values/json-document";
import type { TextPlace } from "@countersign/engine/values/json-source";
import { Composer, type CST, isMap, isScalar, isSeq, LineCounter, type Node, Parser, type Range } from "yaml";
import { firstBeyond } from "./yaml-depth.ts";

/** Far deeper than anyone writes, and far from what the stack bears. */
const maxDepth = 64;
const tooDeep = `nested more than ${maxDepth} deep`;

/** Text that is no YAML, or says more than JSON can; `line 3: why`, and for who can say more: where, and why. */
export class YamlInvalid extends CountersignError {
  readonly place: TextPlace;
  readonly why: string;

  constructor(place: TextPlace, why: string) {
    super("CONFIG_INVALID", `line ${place.line}: ${why}`);
    this.place = place;
    this.why = why;
  }
}

/**
 * Reads YAML that says what JSON can say: one document of maps with texts for keys, lists, texts, numbers, truth values
 * and null. No anchors, no tags, so nothing stands for something else. Keys may come twice: their reader refuses that.
 * @throws YamlInvalid (CONFIG_INVALID), `line 3: why`
 */
export function readYamlDocument(text: string): JsonDocument {
  const [document, second] = readYamlDocuments(text);
  if (document === undefined) throw new YamlInvalid({ line: 1, column: 1 }, "the file is empty");
  if (second === undefined) return document;
  throw new YamlInvalid(second.placeOf(""), "only one document is expected");
}

/**
 * The same of a file with several documents, as Kubernetes has them; those with nothing in them are left out.
 * @throws YamlInvalid (CONFIG_INVALID), `line 3: why`
 */
export function readYamlDocuments(text: string): readonly JsonDocument[] {
  const lines = new LineCounter();
  const placeAt = (offset: number): TextPlace => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const refuse = (offset: number, why: string): never => {
    throw new YamlInvalid(placeAt(offset), why);
  };
  function* shallow(): Generator<CST.Token> {
    for (const token of new Parser(lines.addNewLine).parse(text)) {
      const deep = firstBeyond(token, maxDepth);
      if (deep !== undefined) refuse(deep, tooDeep);
      yield token;
    }
  }
  const composer = new Composer({
    schema: "core",
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: "silent",
  });
  const documents = [...composer.compose(shallow())];
  const [fault] = documents.flatMap(({ errors, warnings }) => [...errors, ...warnings]);
  if (fault !== undefined) return refuse(fault.pos[0], fault.message);

  const offsets = new Map<Json, number>();

  function read(node: Node | null, at: number, depth: number): Json {
    const offset = startOf(node) ?? at;
    if (depth > maxDepth) return refuse(offset, tooDeep);
    if (node !== null && "anchor" in node && node.anchor !== undefined)
      refuse(offset, "anchors are not read");
    if (node?.tag !== undefined) refuse(offset, `tags (${node.tag}) are not read`);
    const json = valueIn(node, offset, depth);
    if (!offsets.has(json)) offsets.set(json, at);
    return json;
  }

  function valueIn(node: Node | null, offset: number, depth: number): Json {
    if (node === null) return { kind: "null" };
    if (isScalar(node)) return scalar(node.value) ?? refuse(offset, "this kind of value is not read");
    if (isSeq<Node | null>(node)) {
      const items = node.items.map((item) => read(item, startOf(item) ?? offset, depth + 1));
      return { kind: "array", items };
    }
    if (!isMap<Node, Node | null>(node))
      return refuse(offset, "aliases (*name) are not read; put a text that begins with * in quotes");
    const members = node.items.map(({ key, value }): JsonMember => {
      const at = startOf(key) ?? offset;
      if (!isScalar(key) || typeof key.value !== "string") return refuse(at, "a key must be a text");
      if (key.value === "<<") return refuse(at, "merging (<<) is not read");
      return [key.value, read(value, at, depth + 1)];
    });
    return { kind: "object", members };
  }

  return documents
    .filter(({ contents }) => contents !== null)
    .map(({ contents, range }, at) => {
      const root = read(contents, at === 0 ? 0 : range[0], 0);
      return jsonDocument(root, (value) => placeAt(offsets.get(value) ?? 0));
    });
}

function scalar(value: unknown): Json | undefined {
  switch (typeof value) {
    case "string":
      return { kind: "string", value };
    case "number":
      return { kind: "number", text: String(value) };
    case "boolean":
      return { kind: "boolean", value };
    default:
      return value === null ? { kind: "null" } : undefined;
  }
}

function startOf(node: Node | null): number | undefined {
  const range: Range | null | undefined = node?.range;
  return range?.[0];
}
