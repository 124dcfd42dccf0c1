import { CountersignError } from "@countersign/engine/values/error";

/**
 * Keeps a tag from moving while a container is made from what it names, and containers from being made while it moves.
 *
 * containerd turns the image id of CreateContainer into one of the image's names, and looks the content up by that
 * name (internal/cri/server/helpers.go, toContainerdImage). A pull that moves the tag in between would put new content
 * under the id that was judged, and the container's status would still show that id.
 */
export interface TagMoves {
  /**
   * Waits until none of the tags is moving, and keeps them so until disposed. Creations do not wait for each other.
   * @throws CountersignError CANCELLED when `signal` aborts while waiting
   */
  hold(tags: readonly string[], signal: AbortSignal): Promise<Disposable>;
  /**
   * Waits for the tag's turn to move: one at a time, and not while it is held.
   * @throws CountersignError CANCELLED when `signal` aborts while waiting
   */
  move(tag: string, signal: AbortSignal): Promise<Disposable>;
}

interface Turn {
  readonly type: "hold" | "move";
  readonly tags: readonly string[];
  readonly enter: () => void;
}

/** First come, first served: a creation that waits for a move is not overtaken by the next move. */
export function tagMoves(): TagMoves {
  const active = new Set<Turn>();
  const waiting = new Set<Turn>();

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

  function enter(type: Turn["type"], tags: readonly string[], signal: AbortSignal): Promise<Disposable> {
    if (signal.aborted) return Promise.reject(cancelled());
    return new Promise((resolve, reject) => {
      const leave = () => {
        waiting.delete(turn);
        reject(cancelled());
        admit();
      };
      const turn: Turn = {
        type,
        tags,
        enter() {
          signal.removeEventListener("abort", leave);
          resolve({
            [Symbol.dispose]() {
              if (active.delete(turn)) admit();
            },
          });
        },
      };
      signal.addEventListener("abort", leave, { once: true });
      waiting.add(turn);
      admit();
    });
  }

  return {
    hold: (tags, signal) => enter("hold", tags, signal),
    move: (tag, signal) => enter("move", [tag], signal),
  };
}

function excludes(one: Turn, other: Turn): boolean {
  if (one.type === "hold" && other.type === "hold") return false;
  return one.tags.some((tag) => other.tags.includes(tag));
}

function cancelled(): CountersignError {
  return new CountersignError("CANCELLED", "the caller went away while the image's tag was moving");
}
