/** Colours for a terminal; the identity everywhere else, so that logs and pipes stay plain. */
export interface Paint {
  good(text: string): string;
  bad(text: string): string;
  dim(text: string): string;
  bold(text: string): string;
}

const plain = (text: string): string => text;

export const noPaint: Paint = { good: plain, bad: plain, dim: plain, bold: plain };

const sgr = (on: number, off: number) => (text: string) => `\u001b[${on}m${text}\u001b[${off}m`;

const colours: Paint = { good: sgr(32, 39), bad: sgr(31, 39), dim: sgr(2, 22), bold: sgr(1, 22) };

/** @param noColor the NO_COLOR variable; any non-empty value wins over a terminal (no-color.org) */
export function paintFor(stream: { readonly isTTY?: boolean }, noColor: string | undefined): Paint {
  return stream.isTTY === true && (noColor ?? "") === "" ? colours : noPaint;
}
