/** Parameters that say what is asked for, not who asks. */
const harmless: ReadonlySet<string> = new Set(["service", "scope", "ns"]);

/** An address fit for messages: no password, and no query value that might be a signature or token. */
export function redactUrl(url: URL): string {
  const shown = new URL(url);
  if (shown.password !== "") shown.password = "xxxxx";
  for (const name of new Set(shown.searchParams.keys())) {
    if (!harmless.has(name)) shown.searchParams.set(name, "REDACTED");
  }
  return shown.href;
}
