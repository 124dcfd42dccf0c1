/** Aborts at the first SIGTERM or SIGINT; a second one ends the process at once. */
export function firstSignal(): AbortSignal {
  const stop = new AbortController();
  const names = ["SIGTERM", "SIGINT"] as const;
  const end = () => {
    for (const name of names) process.off(name, end);
    stop.abort();
  };
  for (const name of names) process.on(name, end);
  return stop.signal;
}
