/** One reason as it is; of more, so many that the text stays readable, whatever strangers wrote. */
export function joinReasons(heading: string, reasons: readonly string[]): string {
  const [only, ...others] = reasons;
  if (only !== undefined && others.length === 0) return only;
  const told = reasons.slice(0, maxReasons);
  const more = reasons.length > maxReasons ? `; and ${reasons.length - maxReasons} more` : "";
  return `${heading}, reasons: ${told.join("; ")}${more}`;
}

const maxReasons = 32;
