import { CountersignError } from "@countersign/engine/values/error";
import {
  type Document,
  isAlias,
  isCollection,
  isNode,
  isPair,
  isScalar,
  type Node,
  parseAllDocuments,
  visit,
} from "yaml";
import { type AliasTargets, yamlReader } from "./yaml-node.ts";
import {
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
  refuseStrangeText(text);
  // yaml.v3 scans ahead into what follows; how far is its own affair, so all of it must be well-formed
  const [first] = documentsOf(text).map(({ errors: [fault], contents }) => {
    if (fault !== undefined) throw yamlFault((fault.message.split("\n", 1)[0] ?? "").replace(/:$/, ""));
    return { contents, targets: aliasTargets(contents, text) };
  });
  return first === undefined ? { kind: "null" } : yamlReader(first.targets)(first.contents);
}

function documentsOf(text: string): readonly Document[] {
  try {
    const options = {
      schema: "failsafe",
      uniqueKeys: false,
      logLevel: "error",
      keepSourceTokens: true,
    } as const;
    const documents = parseAllDocuments(text, options);
    return Array.isArray(documents) ? documents : [];
  } catch (caught) {
    if (caught instanceof RangeError) throw yamlFault("exceeded max depth");
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
    if (path.length > maxDepth) throw yamlFault("exceeded max depth");
    if (isPair(node)) refuseLooseKey(node, text);
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
