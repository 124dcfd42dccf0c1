import { createDraw, type Draw } from "@countersign/testkit/random/draw";
import type { Case, Question, Site } from "../case.ts";
import { attach, mediaTypes, storeImage, storeIndex } from "../evidence/store.ts";
import { drawPolicy } from "./draw-policy.ts";
import { drawSignature } from "./draw-signature.ts";
import { drawManner } from "./manner.ts";

/** Cases drawn at random; the same number under the same seed is the same case, however many are drawn. */
export function randomCases(seed: number, count: number): readonly Case[] {
  return Array.from({ length: count }, (_, number) => ({
    dimension: "drawn at random",
    name: `seed ${seed}, number ${number}`,
    prepare: (site) => drawQuestion(createDraw(seed * 1_000_003 + number), site),
  }));
}

function drawQuestion(draw: Draw, site: Site): Question {
  const image = storeImage(site);
  const usual = drawManner(draw);
  const signatures = draw
    .several([0], draw.one([0, 1, 1, 1]), 3)
    .map(() => drawSignature(draw, site, image, usual));
  if (draw.chance(0.95)) attach(site, image, signatures);
  const policy = drawPolicy(draw, site, image, usual);
  if (draw.chance(0.8)) {
    return {
      image: draw.one([`${site.name}:v1`, `${site.name}:v1`, `${site.name}@${image.digest}`]),
      policy,
    };
  }
  const platform = { os: "linux", architecture: draw.one(["amd64", "amd64", "arm64"]) };
  const mediaType = draw.one([mediaTypes.index, mediaTypes.dockerList]);
  const index = storeIndex(site, [[platform, image]], "index", mediaType);
  return { image: draw.one([`${site.name}:index`, `${site.name}@${index.digest}`]), policy };
}
