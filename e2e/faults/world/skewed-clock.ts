/**
 * Loaded before the gateway (`node --import`): its wall clock goes wrong by as many milliseconds as the file that
 * COUNTERSIGN_SKEW names says, from each SIGUSR2 on. Timers and the clock that is never set back stay as they are.
 */
import { readFileSync } from "node:fs";

const file = process.env["COUNTERSIGN_SKEW"];
const honest = Date.now;
let skew = 0;

function read(): void {
  try {
    skew = file === undefined ? 0 : Number(readFileSync(file, "utf8"));
  } catch {
    skew = 0; // nobody has set it yet
  }
}

const now = (): number => honest() + skew;
read();
process.on("SIGUSR2", read);
globalThis.Date = new Proxy(Date, {
  construct: (target, args, made) => Reflect.construct(target, args.length === 0 ? [now()] : args, made),
  get: (target, property) => (property === "now" ? now : Reflect.get(target, property)),
});
