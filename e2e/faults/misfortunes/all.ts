import { callersStandStill } from "./callers-stand-still.ts";
import { clockJumps } from "./clock-jumps.ts";
import { crowd } from "./crowd.ts";
import { diskFull, evidenceGoneOffline, evidenceSpoilt } from "./evidence-spoilt.ts";
import { gatewayDies, gatewayRestarts } from "./gateway-dies.ts";
import { imagesVanish, tagsMove } from "./images-move.ts";
import type { Misfortune } from "./misfortune.ts";
import { policiesChange, policyDirectoryGone } from "./policies-change.ts";
import { reconnectStorm } from "./reconnect-storm.ts";
import { registryIsAway } from "./registry-away.ts";
import { registryIsLying } from "./registry-lies.ts";
import { runtimeDies, runtimeIsIll } from "./runtime-dies.ts";

export const misfortunes: readonly [Misfortune, ...Misfortune[]] = [
  runtimeDies,
  registryIsAway,
  gatewayDies,
  registryIsLying,
  policiesChange,
  diskFull,
  evidenceSpoilt,
  crowd,
  callersStandStill,
  reconnectStorm,
  policyDirectoryGone,
  clockJumps,
  tagsMove,
  runtimeIsIll,
  gatewayRestarts,
  imagesVanish,
  evidenceGoneOffline,
];

/** @throws Error that names those there are */
export function misfortuneCalled(name: string): Misfortune {
  const found = misfortunes.find((misfortune) => misfortune.name === name);
  if (found === undefined)
    throw new Error(`no misfortune ${name}; there are ${misfortunes.map((one) => one.name).join(", ")}`);
  return found;
}
