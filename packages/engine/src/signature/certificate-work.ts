import { CountersignError } from "../values/error.ts";

/**
 * How much work on strangers' certificates one judgement may still cost. Parsing a certificate and verifying its
 * signature take up to a millisecond each, and whoever pushes an image chooses how many there are: without a limit
 * one image could keep a node's gate busy for ten seconds.
 */
export interface CertificateWork {
  /** @throws CountersignError TOO_LARGE once there was too much */
  spend(units: number): void;
}

/** Enough for two hundred keyless signatures that all fail; an honest image has a handful. */
export const workPerJudgement = 1000;

/** @param units certificates parsed and signatures verified, together */
export function certificateWork(units: number = workPerJudgement): CertificateWork {
  let left = units;
  return {
    spend(spent) {
      left -= spent;
      if (left >= 0) return;
      throw new CountersignError(
        "TOO_LARGE",
        `the signatures of this image hold more certificates than are judged (${units})`,
      );
    },
  };
}
