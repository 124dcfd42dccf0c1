import { CountersignError } from "@countersign/engine/values/error";
import { quote } from "@countersign/engine/values/go-format";
import { isAlias, isNode, type Node, parseDocument, visit } from "yaml";
import { type AliasTargets, yamlReader } from "./yaml-node.ts";
import type { YamlValue } from "./yaml-value.ts";

/** Deeper than any configuration, and less than would exhaust the stack. */
const maxDepth = 100;

/**
 * Parses the first document of a YAML text, as strictly as Go's yaml.v3. Loaded only when there is something to parse:
 * the library takes longer to load than a registry to answer.
 * @throws CountersignError CONFIG_INVALID, with line and column where the library knows them
 */
export function parseYaml(text: string): YamlValue {
  const strange = /[^\t\n\r -~\x85\xa0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u.exec(text);
  if (strange !== null) throw invalid("control characters are not allowed");
  const document = parsing(text);
  // yaml.v3 does not look beyond the first document
  const fault = document.errors.find(({ code }) => code !== "MULTIPLE_DOCS");
  if (fault !== undefined) throw invalid(firstLine(fault.message));
  return yamlReader(aliasTargets(document.contents))(document.contents);
}

function parsing(text: string): ReturnType<typeof parseDocument> {
  try {
    return parseDocument(text, { schema: "failsafe", uniqueKeys: false, logLevel: "error" });
  } catch (caught) {
    if (caught instanceof RangeError) throw invalid("exceeded max depth");
    throw caught;
  }
}

/** What each alias stands for: the last node before it with its anchor, which may be one that it is part of. */
function aliasTargets(root: Node | null): AliasTargets {
  const anchors = new Map<string, Node>();
  const targets = new Map<Node, Node>();
  visit(root, (_key, node, path) => {
    if (path.length > maxDepth) throw invalid("exceeded max depth");
    if (!isNode(node)) return;
    if (isAlias(node)) {
      const target = anchors.get(node.source);
      if (target === undefined) throw invalid(`unknown anchor ${quote(node.source)} referenced`);
      targets.set(node, target);
    } else if (node.anchor !== undefined) anchors.set(node.anchor, node);
  });
  return targets;
}

function firstLine(message: string): string {
  return (message.split("\n", 1)[0] ?? "").replace(/:$/, "");
}

function invalid(message: string): CountersignError {
  return new CountersignError("CONFIG_INVALID", `yaml: ${message}`);
}
