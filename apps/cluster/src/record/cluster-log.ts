import { type DestinationStream, type Logger, pino, stdTimeFunctions } from "pino";

/** One JSON object a line, with the time in ISO 8601 and the level as a word, as the gateway's. */
export function clusterLog(level: string, destination: DestinationStream): Logger {
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
