import { setTimeout as delay } from "node:timers/promises";
import { noExcuses } from "../questions/excuses.ts";
import type { WorldImage } from "../world/images.ts";
import type { World } from "../world/world.ts";
import type { Misfortune } from "./misfortune.ts";

/** A tag of the registry's means now this, now that, while it is pulled and while containers are made from it. */
export const tagsMove: Misfortune = {
  name: "tags-move",
  touches: ["registry"],
  plan(draw) {
    const moves = Array.from({ length: 5 + draw.below(40) }, () => ({
      to: draw.below(8),
      pause: draw.below(15),
    }));
    return {
      what: `a tag moves ${moves.length} times`,
      excuses: {
        ...noExcuses,
        pulls: ["failed", "tag moving"],
        creations: ["tag moving"],
        unknownCreations: ["tag moving"],
        // A kubelet can find what a pull bound the tag to, before it is taken back because something else was verified.
        moving: ["image gone"],
      },
      lasts: 0,
      async begin(world) {
        const image = world.images.find(({ contents }) => contents.length > 1);
        if (image === undefined) throw new Error("no image has a tag that moves");
        for (const { to, pause } of moves) {
          moveTag(world, image, to);
          await delay(pause);
        }
        return async () => moveTag(world, image, 0);
      },
    };
  },
};

function moveTag({ registry }: World, { name, contents }: WorldImage, to: number): void {
  const [repository = "", tag = ""] = name.split(":");
  const content = contents[to % contents.length] ?? contents[0];
  const stored = registry.store.manifest(repository, content.digest);
  if (stored !== undefined) registry.store.putManifest(repository, stored.bytes, stored.mediaType, tag);
}

/** Somebody else, past the gateway, removes images while they are verified and used, and brings others. */
export const imagesVanish: Misfortune = {
  name: "images-vanish",
  touches: ["images"],
  plan(draw) {
    const removals = Array.from({ length: 5 + draw.below(30) }, () => ({
      which: draw.below(100),
      pause: draw.below(20),
    }));
    return {
      what: `images are removed from the node, ${removals.length} times`,
      excuses: {
        ...noExcuses,
        ...{
          pulls: ["failed", "refused"],
          creations: ["failed", "image gone", "refused"],
          unknownCreations: ["failed", "image gone", "refused"],
        },
        others: ["failed", "image gone"],
        losses: true,
      },
      lasts: 0,
      async begin({ runtime }) {
        for (const { which, pause } of removals) {
          const images = await runtime.images();
          const image = images[which % Math.max(1, images.length)];
          if (image !== undefined) await runtime.removeImage(image.id);
          await delay(pause);
        }
        return async () => {};
      },
    };
  },
};
