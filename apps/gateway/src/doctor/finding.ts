/** How bad it is. `unknown`: it could not be looked at, so nothing can be said. */
export type FindingStatus = Observation["status"];

/** What a check has to say about one thing it looked at. Texts are whole sentences, without any secret. */
export type Observation =
  | { readonly status: "ok" /** what was found */; readonly found: string }
  | {
      readonly status: "warning" | "problem" | "unknown";
      readonly found: string;
      /** what follows from it */
      readonly why: string;
      /** what to do */
      readonly remedy: string;
    };

/** An observation and the check that made it. */
export type Finding = Observation & {
  /** API: checks are added, never renamed */
  readonly check: string;
};

export function ok(found: string): Observation {
  return { status: "ok", found };
}

export function warning(found: string, why: string, remedy: string): Observation {
  return { status: "warning", found, why, remedy };
}

export function problem(found: string, why: string, remedy: string): Observation {
  return { status: "problem", found, why, remedy };
}

export function unknown(found: string, why: string, remedy: string): Observation {
  return { status: "unknown", found, why, remedy };
}

/** For a file or directory that this user may not see, or that is not what it should be. */
export function couldNotLook(what: string, why: string): Observation {
  return unknown(what, why, "run it as root; if it already is, look at the file named");
}
