import type { Digest } from "@countersign/engine/values/digest";
import type { RegistryAnswer } from "@countersign/testkit/registry/registry-answer";
import type { RegistryStore } from "@countersign/testkit/registry/registry-store";
import type { Guard, ListingWord } from "./registries.ts";

/** One question that is put to Countersign and to skopeo. */
export interface Case {
  /** what the case varies; a line of the table */
  readonly dimension: string;
  /** completes the dimension's name to a sentence; unique in its dimension */
  readonly name: string;
  /** stores what the question is about and says how it is asked */
  readonly prepare: (site: Site) => Question;
}

/** What both programs are given. */
export interface Question {
  /** as typed by a user, without `docker://`; or wherever else an image can be */
  readonly image: string | { readonly source: string };
  /** the policy file's bytes */
  readonly policy: string | Uint8Array;
  /** default linux/amd64 */
  readonly platform?: Platform;
  /** the files of registries.d; default: one that turns sigstore attachments on everywhere */
  readonly registriesD?: Readonly<Record<string, string>>;
  /** added to a registries.conf that allows plain HTTP to the local registries, or all that it says */
  readonly registriesConf?: string | { readonly instead: string | Uint8Array };
  /** an auth.json; default: no credentials at all */
  readonly authfile?: string;
  /** instead of the file that `policy` is written to */
  readonly policyFile?: string;
  /** where the files are that the programs read; default: where flags name them */
  readonly filesIn?: "the home directory";
  /** more files below the home directory, by their paths */
  readonly homeFiles?: Readonly<Record<string, string>>;
}

export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
}

/** A case's own corner of the registry and of the file system. */
export interface Site {
  /** `127.0.0.1:port` */
  readonly host: string;
  /** a repository path that no other case uses */
  readonly repository: string;
  /** `host/repository` */
  readonly name: string;
  /** writes a file and gives its path */
  file(name: string, content: string | Uint8Array): string;
  /** a path in the case's directory where there is nothing */
  absent(name: string): string;
  /** a path in the case's directory where there is a directory */
  directory(name: string): string;
  /** what the local registry holds */
  readonly store: RegistryStore;
  /** the same corner of a registry that asks who is there */
  guarded(by: Exclude<Guard, "open">): Site;
  /** the same corner of another registry */
  elsewhere(): Site;
  /** the same corner of a registry that says this of listing signatures itself; `1`, if nothing else, means that it does */
  listing(word?: ListingWord): Site;
  /** lists simple signatures of a manifest, if the registry lists any */
  list(manifest: Digest, signatures: readonly Uint8Array[]): void;
  /** lets the registry answer with this when it is asked for that list */
  answerList(manifest: Digest, instead: RegistryAnswer): void;
  readonly lookaside: SiteLookaside;
  /** lets the registry answer requests for this path, below `/v2/<repository>/`, with exactly this */
  answer(path: string, instead: RegistryAnswer): void;
}

/** A web server where the case's signatures can be. */
export interface SiteLookaside {
  /** what registries.d may call it */
  readonly base: string;
  readonly address: string;
  /** stores `signature-1` and so on for a manifest of the case's repository */
  put(manifest: Digest, signatures: readonly Uint8Array[]): void;
  /** stores a file anywhere on the server */
  putFile(path: string, content: Uint8Array): void;
  /** lets it answer with this when one of a manifest's signatures is asked for */
  answer(manifest: Digest, number: number, instead: RegistryAnswer): void;
  /** the same for whatever begins with this path and ends in this query */
  answerBelow(path: string, query: string, instead: RegistryAnswer): void;
}
