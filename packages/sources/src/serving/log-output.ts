import { write, writeSync } from "node:fs";
import type { DestinationStream } from "pino";

/** Lines that wait for a reader, in bytes; some thousands of them. */
const maxWaiting = 1024 * 1024;
/** Milliseconds until a reader that had no room is tried again. */
const retryAfter = 100;

/**
 * Standard output with a bound on what waits to be written. Whoever reads the log may stall, and its disk may be full; the
 * program goes on, and must neither fill its machine's memory with what nobody takes nor end for want of a log. What does not
 * fit is lost, and when the log moves again a line says how much that was.
 *
 * Not pino's own: that one takes a full disk for the end of the process, and on its way out tries for ever to write.
 */
export function logOutput(descriptor: number = process.stdout.fd): DestinationStream {
  const waiting: Buffer[] = [];
  let bytes = 0;
  let lost = 0;
  let isBusy = false;

  function add(line: string): boolean {
    const encoded = Buffer.from(line);
    if (bytes + encoded.length > maxWaiting) return false;
    waiting.push(encoded);
    bytes += encoded.length;
    return true;
  }

  function next(): void {
    if (waiting.length === 0) {
      if (lost === 0) return;
      add(lostLines(lost));
      lost = 0;
    }
    isBusy = true;
    const all = Buffer.concat(waiting.splice(0));
    write(descriptor, all, (error, written) => {
      isBusy = false;
      const rest = error === null ? all.subarray(written) : all;
      bytes -= all.length - rest.length;
      if (rest.length > 0) waiting.unshift(rest);
      if (error === null) next();
      // Anything else waits for the next line, which may find room on the disk.
      else if (error.code === "EAGAIN") setTimeout(goOn, retryAfter);
    });
  }

  function goOn(): void {
    if (!isBusy) next();
  }

  // Once, and whatever comes of it: nobody waits for a log when everything else is over.
  process.once("exit", () => {
    try {
      if (waiting.length > 0) writeSync(descriptor, Buffer.concat(waiting));
    } catch {}
  });

  return {
    write(line) {
      if (!add(line)) lost++;
      goOn();
    },
  };
}

function lostLines(lost: number): string {
  const line = {
    level: "warn",
    time: new Date().toISOString(),
    lost,
    msg: "the log could not be written for a while; lines were lost",
  };
  return `${JSON.stringify(line)}\n`;
}
