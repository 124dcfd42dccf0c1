import { CountersignError } from "@countersign/engine/values/error";
import {
  type Document,
  isAlias,
  isCollection,
  isNode,
  isPair,
  isScalar,
  LineCounter,
  type Node,
  parseAllDocuments,
  visit,
  type YAMLParseError,
} from "yaml";
import { type AliasTargets, yamlReader } from "./yaml-node.ts";
import {
  refuseLargeText,
  refuseLooseKey,
  refuseLooseScalar,
  refuseStrangeText,
  requireAnchorName,
  yamlFault,
} from "./yaml-strictness.ts";
import type { YamlValue } from "./yaml-value.ts";

/** Deeper than any configuration, and less than would exhaust the stack. */
const maxDepth = 100;

/**
 * Parses a YAML text as strictly as Go's yaml.v3, which counts the first document alone. Loaded only when there is
 * something to parse: the library takes longer to load than a registry to answer.
 * @throws CountersignError CONFIG_INVALID, with line and column where the library knows them
 */
export function parseYaml(marked: string): YamlValue {
  const text = marked.replace(/^\ufeff/, "");
  refuseLargeText(text);
  refuseStrangeText(text);
  // yaml.v3 scans ahead into what follows; how far is its own affair, so all of it must be well-formed
  const lines = new LineCounter();
  const [first] = documentsOf(text, lines).map(({ errors: [fault], contents }) => {
    if (fault !== undefined) throw yamlFault(described(fault, lines));
    return { contents, targets: aliasTargets(contents, text) };
  });
  return first === undefined ? { kind: "null" } : yamlReader(first.targets)(first.contents);
}

/** The library would say for each fault where it is, in time that grows with the square of their number. */
function described({ message, pos: [at] }: YAMLParseError, lines: LineCounter): string {
  if (message.startsWith("Maximum call stack")) return tooDeep;
  const { line, col } = lines.linePos(at);
  return `${message.split("\n", 1)} at line ${line}, column ${col}`;
}

const tooDeep = "exceeded max depth";

function documentsOf(text: string, lineCounter: LineCounter): readonly Document[] {
  try {
    const options = {
      lineCounter,
      prettyErrors: false,
      schema: "failsafe",
      uniqueKeys: false,
      logLevel: "error",
      keepSourceTokens: true,
    } as const;
    const documents = parseAllDocuments(text, options);
    return Array.isArray(documents) ? documents : [];
  } catch (caught) {
    if (caught instanceof RangeError) throw yamlFault(tooDeep);
    throw CountersignError.from(caught);
  }
}

/**
 * What each alias stands for: the last node before it with its anchor, which may be one that it is part of. All nodes
 * are looked at on the way, also those that nobody asks for.
 */
function aliasTargets(root: Node | null, text: string): AliasTargets {
  const anchors = new Map<string, Node>();
  const targets = new Map<Node, Node>();
  visit(root, (_key, node, path) => {
    if (path.length > maxDepth) throw yamlFault(tooDeep);
    if (isPair(node)) refuseLooseKey(node, path.some(isFlow), text);
    if (isScalar(node)) refuseLooseScalar(node, path.some(isFlow));
    if (!isNode(node)) return;
    // a tag makes something else of a value, each reader in its own way
    if (node.tag !== undefined) throw yamlFault(`tag ${node.tag} is not read`);
    if (isAlias(node)) {
      const target = anchors.get(node.source);
      if (target === undefined) throw yamlFault(`unknown anchor '${node.source}' referenced`);
      targets.set(node, target);
    } else if (node.anchor !== undefined) {
      requireAnchorName(node.anchor);
      anchors.set(node.anchor, node);
    }
  });
  return targets;
}

function isFlow(node: unknown): boolean {
  return isCollection(node) && node.flow === true;
}
