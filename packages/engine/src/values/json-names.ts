/**
 * A member's name as Go's encoding/json matches it to a struct's field: in any case, as Unicode folds it, where the
 * long s is an s and the Kelvin sign a k.
 */
export function foldName(name: string): string {
  return name.replaceAll("\u017f", "s").replaceAll("\u212a", "k").toLowerCase();
}
