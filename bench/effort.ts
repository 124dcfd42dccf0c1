/** How hard to measure. `smoke` shows that a row still runs; its figures mean nothing. */
export type Effort = "full" | "smoke";

export function rounds(effort: Effort, full: number): number {
  return effort === "full" ? full : 2;
}
