import { type DestinationStream, destination } from "pino";

/** Lines that wait for a reader; some thousands of them. */
const maxWaiting = 1024 * 1024;

/**
 * Standard output with a bound on what waits to be written. Whoever reads the log may stall (a journal on a full disk);
 * the gateway goes on, and must not fill the node's memory with what nobody takes. What does not fit is lost, and when
 * the log moves again a line says how much that was.
 */
export function logOutput(): DestinationStream {
  const output = destination({ dest: process.stdout.fd, sync: false, maxLength: maxWaiting });
  let lost = 0;
  output.on("drop", () => lost++);
  output.on("drain", () => {
    if (lost === 0) return;
    const line = {
      level: "warn",
      time: new Date().toISOString(),
      lost,
      msg: "the log's reader stalled; lines were lost",
    };
    lost = 0;
    output.write(`${JSON.stringify(line)}\n`);
  });
  return output;
}
