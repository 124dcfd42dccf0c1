/** Kubernetes' own default. Source: k8s.io/api admissionregistration/v1, timeoutSeconds. */
const usualMs = 10_000;
const longestMs = 30_000;
/** For the answer to be sent, and for a machine that is busy. */
const marginMs = 500;

/**
 * How long a review may take: less than the API server waits, so that it hears why rather than nothing.
 * @param timeout as the API server says it in the query, in Go's words: `10s`, `1m0s`, `500ms`
 * @param longest milliseconds, whatever the API server says
 */
export function reviewDeadline(timeout: string | null, longest: number): number {
  const waited = Math.min(parseDuration(timeout ?? "") ?? usualMs, longestMs);
  const margin = Math.min(marginMs + waited / 20, waited / 2);
  return Math.max(Math.min(waited - margin, longest), 1);
}

function parseDuration(text: string): number | undefined {
  const [, minutes, seconds, milliseconds] =
    /^(?:(\d{1,4})m(?!s))?(?:(\d{1,6}(?:\.\d{1,9})?)s)?(?:(\d{1,8})ms)?$/.exec(text) ?? [];
  if (minutes === undefined && seconds === undefined && milliseconds === undefined) return undefined;
  return Number(minutes ?? 0) * 60_000 + Number(seconds ?? 0) * 1000 + Number(milliseconds ?? 0);
}
