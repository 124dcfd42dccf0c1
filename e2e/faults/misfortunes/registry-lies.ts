import type { Draw } from "@countersign/testkit/random/draw";
import {
  answers,
  claimsLength,
  corrupts,
  type Fault,
  neverEnds,
  redirects,
  refuses,
  send,
  sendsAs,
} from "@countersign/testkit/registry/faults";
import { answer, type RegistryAnswer } from "@countersign/testkit/registry/registry-answer";
import { type Excuses, registryGivesOthers, registryLies } from "../questions/excuses.ts";
import type { World } from "../world/world.ts";
import type { Misfortune } from "./misfortune.ts";
import { whichRequests } from "./which-requests.ts";

type Lie = (draw: Draw) => readonly [what: string, fault: (world: World) => Fault, excuses?: Excuses];

const lies: readonly [Lie, ...Lie[]] = [
  () => ["changes a byte", () => corrupts()],
  (draw) => {
    const length = draw.one([0, 3, 100_000]);
    return [`claims ${length} bytes`, () => claimsLength(length)];
  },
  () => ["redirects in circles", () => redirectsInCircles],
  () => ["redirects to nowhere", () => redirects("http://127.0.0.1:1/v2/")],
  (draw) => {
    const type = draw.one(["text/html", "application/vnd.oci.image.index.v1+json", undefined]);
    return [`says that all is ${type}`, () => sendsAs(type)];
  },
  (draw) => {
    const status = draw.one([401, 403, 404]);
    return [`answers ${status}`, () => refuses(status, "DENIED", "no")];
  },
  (draw) => {
    const size = draw.one([5_000_000, 40_000_000]);
    return [`sends ${size} blanks`, () => answers(answer(200, {}, Buffer.alloc(size, " ")))];
  },
  () => ["sends without end", () => neverEnds()],
  () => ["sends without end what it calls 1 TiB", () => neverEnds(2 ** 40)],
  () => ["sends nested lists", () => answers(answer(200, {}, "[".repeat(100_000)))],
  () => ["gives other images instead", (world) => givesOthers(world), registryGivesOthers],
  () => ["gives other images to the runtime", (world) => toRuntime(givesOthers(world)), registryGivesOthers],
  () => [
    "gives other images every second time",
    (world) => everySecond(givesOthers(world)),
    registryGivesOthers,
  ],
  () => ["gives other images' signatures instead", (world) => givesOtherSignatures(world)],
  () => ["names a digest that is not the content's", () => misnamesDigest],
];

export const registryIsLying: Misfortune = {
  name: "registry-lies",
  touches: ["registry"],
  plan(draw) {
    const [how, fault, excuses = registryLies] = draw.one(lies)(draw);
    const { requests, which } = whichRequests(draw);
    return {
      what: `the registry ${how}, to ${which}`,
      excuses,
      lasts: draw.one([300, 1000]),
      begin(world) {
        world.registry.fail(requests, fault(world));
        return async () => {
          world.registry.heal();
          world.registry.breakConnections();
        };
      },
    };
  },
};

const redirectsInCircles: Fault = (honest, response) => {
  const path = response.req.url ?? "/";
  const turn = Number(/[?&]turn=(\d+)/.exec(path)?.[1] ?? 0);
  redirects(`${path.replace(/[?&]turn=\d+/, "")}?turn=${turn + 1}`)(honest, response);
};

const misnamesDigest: Fault = (honest, response) => {
  const digest = `sha256:${"0".repeat(64)}`;
  send({ ...honest, headers: { ...honest.headers, "docker-content-digest": digest } }, response);
};

/** Another image's manifest, as an attacker who has the registry would give it: the same name, another content. */
function givesOthers({ registry, images }: World): Fault {
  let turn = 0;
  return (honest, response) => {
    const path = response.req.url ?? "";
    if (!/\/manifests\/(?:v1|sha256:)/.test(path)) return send(honest, response);
    const image = images[turn++ % images.length] ?? images[0];
    const [repository = ""] = image.name.split(":");
    const found = registry.store.manifest(repository, image.contents[0].digest);
    send(manifestAnswer(found) ?? honest, response);
  };
}

function givesOtherSignatures({ registry, images }: World): Fault {
  const [image] = images;
  return (honest, response) => {
    const path = response.req.url ?? "";
    if (!path.includes(".sig")) return send(honest, response);
    const tag = `${image.contents[0].digest.replace(":", "-")}.sig`;
    send(manifestAnswer(registry.store.manifest(image.name.split(":")[0] ?? "", tag)) ?? honest, response);
  };
}

function manifestAnswer(
  found: { readonly bytes: Uint8Array; readonly mediaType: string; readonly digest: string } | undefined,
): RegistryAnswer | undefined {
  if (found === undefined) return undefined;
  return answer(200, { "content-type": found.mediaType, "docker-content-digest": found.digest }, found.bytes);
}

/** Whoever is not the gateway, which says who it is. */
function toRuntime(fault: Fault): Fault {
  return (honest, response) => {
    if (!response.req.headers["user-agent"]?.startsWith("countersign")) fault(honest, response);
    else send(honest, response);
  };
}

function everySecond(fault: Fault): Fault {
  let turn = 0;
  return (honest, response) => (turn++ % 2 === 0 ? send : fault)(honest, response);
}
