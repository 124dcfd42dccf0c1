/** How a CEL expression's brackets stand in one another. What is in texts and comments does not count. */
export interface Nesting {
  readonly depth: number;
  readonly brackets: number;
}

/**
 * Counts brackets without parsing: the parser tries each again in several ways, so that the time it takes grows with the
 * third power of their depth, and it has to be known before. Source: CEL's language definition, Syntax.
 */
export function expressionNesting(source: string): Nesting {
  let [open, depth, brackets] = [0, 0, 0];
  for (const [token] of source.matchAll(tokens)) {
    if (/^[([{]$/.test(token)) {
      brackets++;
      open++;
      depth = Math.max(depth, open);
    } else if (/^[)\]}]$/.test(token)) {
      open = Math.max(0, open - 1);
    }
  }
  return { depth, brackets };
}

const raw = /(?<!\w)(?:[rR][bB]?|[bB][rR])(?:"""[\s\S]*?"""|'''[\s\S]*?'''|"[^"\n]*"|'[^'\n]*')/;
const text = /"""(?:\\[\s\S]|[^\\])*?"""|'''(?:\\[\s\S]|[^\\])*?'''|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'/;
const tokens = new RegExp(`//[^\\n]*|${raw.source}|${text.source}|[()[\\]{}]`, "g");
