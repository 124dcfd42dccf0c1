import type { ValidityWindow } from "./trusted-root.ts";

/** Whether a window holds a moment; both its ends belong to it. */
export function contains({ from, to }: ValidityWindow, seconds: number): boolean {
  return (from === undefined || from <= seconds) && (to === undefined || seconds <= to);
}
