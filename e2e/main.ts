/**
 * Plays the scenarios against real peers.
 *
 *   npm run e2e                                  all of them
 *   npm run e2e -- pulls pods                    these files of e2e/scenarios
 *   npm run e2e -- --test-name-pattern='2\.1'    options go to Node's test runner
 */
import { join } from "node:path";
import process from "node:process";
import { playScenarios } from "./peers/play-scenarios.ts";

process.exitCode = await playScenarios("e2e", join(import.meta.dirname, "scenarios"));
