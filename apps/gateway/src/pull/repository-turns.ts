import { CountersignError } from "@countersign/engine/values/error";

/**
 * Who may do what in a repository of the runtime's. Pulls bind its tags together; who takes back what a refused pull brought
 * has the repository alone: RemoveImage takes an image with all its names, and between the look at who uses it and the
 * removal another pull must not be given it.
 *
 * Who binds overtakes those who wait to be alone. A binding that hangs then keeps nobody from binding another tag, and what
 * is to be taken back waits for it, since no container is made from that either.
 */
export interface RepositoryTurns {
  /** Waits until nobody has it alone. @throws CountersignError CANCELLED when `signal` aborts while waiting */
  together(repository: string, signal: AbortSignal): Promise<Disposable>;
  /** Waits until nobody else is in it. */
  alone(repository: string): Promise<Disposable>;
}

interface Repository {
  together: number;
  alone: boolean;
  readonly binding: Set<() => void>;
  readonly removing: Set<() => void>;
}

export function repositoryTurns(): RepositoryTurns {
  const repositories = new Map<string, Repository>();

  function find(name: string): Repository {
    const known = repositories.get(name);
    if (known !== undefined) return known;
    const fresh: Repository = { together: 0, alone: false, binding: new Set(), removing: new Set() };
    repositories.set(name, fresh);
    return fresh;
  }

  function admit(name: string, repository: Repository): void {
    const { binding, removing } = repository;
    if (repository.alone) return;
    for (const enter of binding) {
      binding.delete(enter);
      repository.together++;
      enter();
    }
    if (repository.together > 0) return;
    const [enter] = removing;
    if (enter === undefined) {
      repositories.delete(name);
      return;
    }
    removing.delete(enter);
    repository.alone = true;
    enter();
  }

  function turn(name: string, repository: Repository, leave: () => void): Disposable {
    let held = true;
    return {
      [Symbol.dispose]() {
        if (!held) return;
        held = false;
        leave();
        admit(name, repository);
      },
    };
  }

  return {
    together(name, signal) {
      if (signal.aborted) return Promise.reject(cancelled());
      const repository = find(name);
      return new Promise((resolve, reject) => {
        const leave = () => {
          repository.binding.delete(enter);
          admit(name, repository);
          reject(cancelled());
        };
        const enter = () => {
          signal.removeEventListener("abort", leave);
          resolve(turn(name, repository, () => repository.together--));
        };
        signal.addEventListener("abort", leave, { once: true });
        repository.binding.add(enter);
        admit(name, repository);
      });
    },
    alone(name) {
      const repository = find(name);
      return new Promise((resolve) => {
        repository.removing.add(() =>
          resolve(
            turn(name, repository, () => {
              repository.alone = false;
            }),
          ),
        );
        admit(name, repository);
      });
    },
  };
}

function cancelled(): CountersignError {
  return new CountersignError("CANCELLED", "the caller went away while the pull waited for its turn");
}
