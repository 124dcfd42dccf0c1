/**
 * Calls whose answer goes on for as long as the runtime lives: they end when somebody gives up. Whoever waits for calls
 * to end must not wait for these. The other streams of CRI are lists, and lists have an end.
 */
export function isEndless(path: string): boolean {
  return path === "/runtime.v1.RuntimeService/GetContainerEvents";
}
