import { createDraw, type Draw } from "@countersign/testkit/random/draw";
import type { Case, Question, Site } from "../case.ts";
import { attach, storeImage } from "../evidence/store.ts";
import { drawIndex, drawPlatform } from "./draw-index.ts";
import type { Subject } from "./draw-name.ts";
import { drawPlace } from "./draw-place.ts";
import { drawPolicy } from "./draw-policy.ts";
import { drawSignature } from "./draw-signature.ts";
import { drawStorage } from "./draw-storage.ts";
import { drawManner } from "./manner.ts";

/** Cases drawn at random; the same number under the same seed is the same case, however many are drawn. */
export function randomCases(seed: number, count: number): readonly Case[] {
  return Array.from({ length: count }, (_, number) => ({
    dimension: "drawn at random",
    name: `seed ${seed}, number ${number}`,
    prepare: (site) => drawQuestion(drawCare(createDraw(seed * 1_000_003 + number)), site),
  }));
}

/**
 * Of most choices the first is the one that an honest signer or a careful author would make. Half of the cases mostly
 * make it: a case that is refused for one reason shows nothing of all others.
 */
function drawCare(draw: Draw): Draw {
  if (draw.chance(0.5)) return draw;
  return { ...draw, one: (of) => (draw.chance(0.75) ? of[0] : draw.one(of)) };
}

function drawQuestion(draw: Draw, site: Site): Question {
  const place = drawPlace(draw, site);
  const { named, stored, registriesConf } = place;
  const image = storeImage(stored);
  const platform = draw.chance(0.4) ? drawPlatform(draw) : undefined;
  const index = platform && drawIndex(draw, stored, image, platform);
  const subject: Subject = { site: named, image, index };
  const usual = drawManner(draw);
  const some = (least: number) => draw.several([0], least, 3).map(() => drawSignature(draw, subject, usual));
  const registriesD = drawStorage(draw, place, image, some(draw.one([1, 1, 1, 0])));
  if (index !== undefined && draw.chance(0.2)) {
    attach(
      stored,
      index,
      some(1).filter((signature) => signature.type === "sigstore"),
    );
  }
  const tag = index === undefined || draw.chance(0.1) ? "v1" : "index";
  const digest = index === undefined || draw.chance(0.1) ? image.digest : index.digest;
  return {
    image: draw.one([`${named.name}:${tag}`, `${named.name}:${tag}`, `${named.name}@${digest}`]),
    policy: drawPolicy(draw, subject, usual),
    registriesConf,
    ...(platform === undefined ? {} : { platform }),
    ...(registriesD === undefined ? {} : { registriesD }),
  };
}
