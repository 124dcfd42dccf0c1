/** Milliseconds between two looks at a caller. */
export const lookEvery = 15_000;
/** What has not moved at so many looks after the one that first saw it will not. */
const patience = 4;
/** Seconds that something may stand still at least. */
export const standstillSeconds = (lookEvery * patience) / 1000;

/**
 * How long something has been waiting without moving. Counted in looks and not in time: when this process itself was
 * stopped for a while, nobody else was idle.
 */
export class Standstill {
  #looks = 0;
  #moved = 0;

  /**
   * @param moved - what grows whenever anything moves
   * @returns whether it has stood still for too long
   */
  look(isWaiting: boolean, moved: number): boolean {
    this.#looks = isWaiting && moved === this.#moved ? this.#looks + 1 : 0;
    this.#moved = moved;
    return this.#looks >= patience;
  }
}
