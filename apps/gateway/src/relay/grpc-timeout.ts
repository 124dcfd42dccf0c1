const unitMilliseconds: Readonly<Record<string, number>> = {
  H: 3_600_000,
  M: 60_000,
  S: 1000,
  m: 1,
  u: 1e-3,
  n: 1e-6,
};

/** setTimeout takes no more; the longest timeout that gRPC can say is 11,000 years. */
const longestTimer = 2 ** 31 - 1;

/** Milliseconds of a grpc-timeout (gRPC over HTTP/2, "Timeout"), or undefined when it is not one. */
export function parseGrpcTimeout(text: string): number | undefined {
  const [, digits, unit] = /^(\d{1,8})([HMSmun])$/.exec(text) ?? [];
  if (digits === undefined || unit === undefined) return undefined;
  return Math.min(Number(digits) * (unitMilliseconds[unit] as number), longestTimer);
}
