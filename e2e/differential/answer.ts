/** What either program said. Not being able to decide is as much "no" as a denial is: there is no image. */
export interface Answer {
  readonly allowed: boolean;
  /** containers/image's text; empty when allowed */
  readonly message: string;
}
