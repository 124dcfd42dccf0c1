export function indent(text: string, depth = 1): string {
  return `${"  ".repeat(depth)}${text}`;
}
