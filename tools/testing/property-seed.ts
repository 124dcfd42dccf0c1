/**
 * Comes before each file of the unit tests: what properties are tried with follows from COUNTERSIGN_SEED, where it is set. Checks
 * of one commit then come out the same each time they run, and those of the next try something else.
 */
const seed = process.env["COUNTERSIGN_SEED"];
if (seed !== undefined) {
  const { default: fastCheck } = await import("fast-check");
  fastCheck.configureGlobal({ seed: Number(seed) });
}
