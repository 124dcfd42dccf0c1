import { performance } from "node:perf_hooks";
import type { CriClient } from "@countersign/testkit/cri-client/cri-client";
import { outcomeOf } from "../../peers/outcome.ts";
import type { WorldImage } from "../world/images.ts";
import type { Namespace } from "../world/policy-history.ts";
import type { World } from "../world/world.ts";
import { type Answer, kindOf } from "./answer.ts";
import { type ImageQuestion, imagesOf, type Question } from "./question.ts";

/** A question as it is asked once. The container that comes of it is called by its number. */
export interface Attempt {
  readonly number: number;
  readonly question: ImageQuestion;
  /** until it is answered, there is no end to it */
  span: { readonly from: number; readonly until: number };
}

/** Nobody waits longer for an answer; who would have to has found a fault. */
const callerPatience = 45_000;

/** Asks as kubelets do, and remembers what was asked for which container. */
export class Asker {
  readonly #world: World;
  readonly #attempts = new Map<string, Attempt>();
  #number = 0;

  constructor(world: World) {
    this.#world = world;
  }

  /** What was asked for a container of this name. */
  attempt(containerName: string): Attempt | undefined {
    return this.#attempts.get(containerName);
  }

  /** References of all images that somebody asks for, or has just asked for. */
  wanted(): ReadonlySet<string> {
    const images = [...this.#attempts.values()].flatMap(({ question }) => imagesOf(question));
    return new Set(images.map(({ reference }) => reference));
  }

  /** Forgets what was answered before `time`; containers that there are still are nobody's then. */
  forget(time = Number.POSITIVE_INFINITY): void {
    for (const [name, { span }] of this.#attempts) if (span.until < time) this.#attempts.delete(name);
  }

  /** @param kubelet which one asks */
  async ask(question: Question, kubelet = 0): Promise<Answer> {
    const client = this.#world.kubelets[kubelet % this.#world.kubelets.length] ?? this.#world.kubelets[0];
    const from = performance.now();
    if (!("namespace" in question)) return await askOther(question.type, client, from);
    this.#number += 1;
    const attempt: Attempt = {
      number: this.#number,
      question,
      span: { from, until: Number.POSITIVE_INFINITY },
    };
    const name = `attempt-${attempt.number}`;
    this.#attempts.set(name, attempt);
    const answer = await askForImages(question, name, client, this.#world, from);
    attempt.span = answer.span;
    return answer;
  }
}

type Given = Partial<Pick<Answer, "imageRef" | "containerId">>;

async function ended(call: string, from: number, asking: () => Promise<Given>): Promise<Answer> {
  let given: Given = {};
  const outcome = await outcomeOf(
    asking().then((result) => {
      given = result;
    }),
  );
  const span = { from, until: performance.now() };
  return {
    ...{ kind: kindOf(outcome.code, outcome.message), call, span, ...outcome },
    imageRef: given.imageRef,
    containerId: given.containerId,
  };
}

function askOther(type: "version" | "status" | "list", client: CriClient, from: number): Promise<Answer> {
  const options = { timeout: callerPatience };
  const calls = { version: client.version, status: client.status, list: client.listContainers };
  return ended(type, from, async () => {
    await calls[type]({}, options);
    return {};
  });
}

async function askForImages(
  question: ImageQuestion,
  containerName: string,
  client: CriClient,
  world: World,
  from: number,
): Promise<Answer> {
  const options = { timeout: callerPatience };
  const refs: string[] = [];
  for (const image of imagesOf(question)) {
    if (image.isPreloaded) await world.runtime.preload(image);
    else if (question.type === "pull" || !(await isPresent(image, client))) {
      const pulled = await ended("PullImage", from, () => pull(image, question.namespace, client));
      if (pulled.kind !== "ok" || question.type === "pull") return pulled;
    }
    const found = await ended("ImageStatus", from, async () => {
      const { image: status } = await client.imageStatus({ image: { image: image.reference } }, options);
      return { imageRef: status?.id ?? "" };
    });
    if (found.kind !== "ok") return found;
    if (found.imageRef === "")
      return { ...found, kind: "image gone", message: `${image.name} has gone away` };
    refs.push(found.imageRef ?? "");
  }
  const [image, volume] = imagesOf(question);
  return await ended("CreateContainer", from, async () => {
    const { containerId } = await client.createContainer(
      {
        podSandboxId: world.pods[question.namespace],
        sandboxConfig: world.runtime.podConfig(question.namespace),
        config: {
          metadata: { name: containerName },
          image: { image: refs[0] ?? "", userSpecifiedImage: image?.reference ?? "" },
          mounts:
            volume === undefined
              ? []
              : [
                  {
                    containerPath: "/data",
                    readonly: true,
                    image: { image: refs[1] ?? "", userSpecifiedImage: volume.reference },
                  },
                ],
        },
      },
      options,
    );
    return { containerId };
  });
}

/** A kubelet that cannot ask pulls. */
async function isPresent(image: WorldImage, client: CriClient): Promise<boolean> {
  const asked = client.imageStatus({ image: { image: image.reference } }, { timeout: callerPatience });
  return await asked.then(
    ({ image: status }) => status !== undefined,
    () => false,
  );
}

async function pull(image: WorldImage, namespace: Namespace, client: CriClient): Promise<Given> {
  const { imageRef } = await client.pullImage(
    { image: { image: image.reference }, sandboxConfig: { metadata: { namespace } } },
    { timeout: callerPatience },
  );
  return { imageRef };
}
