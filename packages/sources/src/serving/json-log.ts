import { type DestinationStream, type Logger, pino, stdTimeFunctions } from "pino";

/**
 * How all programs that serve log: one JSON object a line, with the time in ISO 8601 and the level as a word.
 * @param level one of pino's
 */
export function jsonLog(level: string, destination: DestinationStream): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  );
}
