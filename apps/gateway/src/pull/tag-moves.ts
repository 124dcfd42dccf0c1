import { CountersignError } from "@countersign/engine/values/error";
import type { Timing } from "@countersign/sources/timing";

/**
 * Keeps a tag from moving while a container is made from what it names, and containers from being made while it moves.
 *
 * containerd turns the image id of CreateContainer into one of the image's names, and looks the content up by that
 * name (internal/cri/server/helpers.go, toContainerdImage). A pull that moves the tag in between would put new content
 * under the id that was judged, and the container's status would still show that id.
 */
export interface TagMoves {
  /**
   * Notes from now on which tags move. To be called before the runtime is asked what it calls an image: what is pulled
   * after that answer may become one of the image's names too.
   */
  watch(): TagWatch;
  /**
   * Waits for the tag's turn to move: one at a time, and not while it is held.
   * @param patience milliseconds; as long as `signal` allows when undefined
   * @throws CountersignError CANCELLED when `signal` aborts while waiting, TAG_MOVING when patience is over
   */
  move(tag: string, signal: AbortSignal, patience?: number): Promise<Disposable>;
}

/** One creation's view of the tags. Disposing lets them move again. */
export interface TagWatch extends Disposable {
  /**
   * Waits until none of the tags is moving, nor any that has moved since the watch began, and keeps them all so until
   * the watch is disposed; so does a tag whose move ends meanwhile. Creations do not wait for each other.
   * @throws CountersignError CANCELLED when `signal` aborts while waiting, TAG_MOVING when `patience` ms are over
   */
  hold(tags: readonly string[], signal: AbortSignal, patience: number): Promise<void>;
}

interface Turn {
  readonly type: "hold" | "move";
  /** a hold's grow while it lasts */
  readonly tags: Set<string>;
  readonly enter: () => void;
}

/** First come, first served: a creation that waits for a move is not overtaken by the next move. */
export function tagMoves(timing: Pick<Timing, "after">): TagMoves {
  const active = new Set<Turn>();
  const waiting = new Set<Turn>();
  /** the tags of each watch, held or not yet */
  const watches = new Set<Set<string>>();

  function admit(): void {
    const before: Turn[] = [...active];
    for (const turn of waiting) {
      if (before.every((other) => !excludes(other, turn))) {
        waiting.delete(turn);
        active.add(turn);
        turn.enter();
      }
      before.push(turn);
    }
  }

  function end(turn: Turn): void {
    if (!active.delete(turn)) return;
    if (turn.type === "move") for (const tags of watches) for (const tag of turn.tags) tags.add(tag);
    admit();
  }

  function enter(
    type: Turn["type"],
    tags: Set<string>,
    signal: AbortSignal,
    patience: number | undefined,
  ): Promise<Turn> {
    if (signal.aborted) return Promise.reject(cancelled());
    return new Promise((resolve, reject) => {
      const leave = (why: CountersignError) => {
        if (!waiting.delete(turn)) return;
        settle();
        reject(why);
        admit();
      };
      const givenUp = () => leave(cancelled());
      const late = patience === undefined ? undefined : timing.after(patience, () => leave(busy(tags)));
      const settle = () => {
        signal.removeEventListener("abort", givenUp);
        late?.();
      };
      const turn: Turn = {
        type,
        tags,
        enter() {
          settle();
          resolve(turn);
        },
      };
      signal.addEventListener("abort", givenUp, { once: true });
      waiting.add(turn);
      admit();
    });
  }

  return {
    watch() {
      const tags = new Set<string>();
      watches.add(tags);
      let held: Turn | undefined;
      return {
        async hold(named, signal, patience) {
          for (const tag of named) tags.add(tag);
          held = await enter("hold", tags, signal, patience);
        },
        [Symbol.dispose]() {
          watches.delete(tags);
          if (held !== undefined) end(held);
        },
      };
    },
    async move(tag, signal, patience) {
      const turn = await enter("move", new Set([tag]), signal, patience);
      return { [Symbol.dispose]: () => end(turn) };
    },
  };
}

function excludes(one: Turn, other: Turn): boolean {
  if (one.type === "hold" && other.type === "hold") return false;
  return [...one.tags].some((tag) => other.tags.has(tag));
}

function cancelled(): CountersignError {
  return new CountersignError("CANCELLED", "the caller went away while the image's tag was moving");
}

function busy(tags: ReadonlySet<string>): CountersignError {
  const [first = ""] = tags;
  const more = tags.size > 1 ? ` or another of the image's ${tags.size} tags` : "";
  return new CountersignError(
    "TAG_MOVING",
    `another call is just pulling ${first}${more}, and what it names may change; try again when that pull is over`,
  );
}
