import { setTimeout as delay } from "node:timers/promises";
import { FrameCaller } from "@countersign/gateway/testing/frame-caller";
import type { Violations } from "../violation.ts";

/** How often a caller tries to connect, and the milliseconds between two tries. */
export interface Persistence {
  readonly tries: number;
  readonly pause: number;
}

/** Two minutes: longer than any misfortune has the gateway away, on a machine that has much else to do. */
const asKubelet: Persistence = { tries: 1200, pause: 100 };

/**
 * What connecting ends with while the gateway is away: without a service manager that keeps the socket it is removed by a
 * gateway that ends (ENOENT) and left behind by one that is killed (ECONNREFUSED). EAGAIN is a queue that is full.
 */
const away = new Set(["ENOENT", "ECONNREFUSED", "ECONNRESET", "EAGAIN"]);

/**
 * Connects as a kubelet does: again, while another misfortune has the gateway away.
 * @returns undefined when nobody took the connection however often it was tried, which must not be and is noted
 */
export async function reachGateway(
  socket: string,
  violations: Violations,
  { tries, pause }: Persistence = asKubelet,
): Promise<FrameCaller | undefined> {
  let code = "";
  for (let tried = 0; tried < tries; tried++) {
    if (tried > 0) await delay(pause);
    try {
      return await FrameCaller.connect(socket);
    } catch (error) {
      code = error instanceof Error && "code" in error ? String(error.code) : "";
      if (!away.has(code)) throw error;
    }
  }
  violations.add("no answer", `nobody could connect to the gateway, ${tries} times in a row: ${code}`);
  return undefined;
}
