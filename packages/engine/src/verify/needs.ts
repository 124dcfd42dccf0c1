import type { TrustSource } from "../policy/policy.ts";
import type { TrustedRootSource } from "../policy/sigstore-requirement.ts";
import { digestOf } from "../values/digest.ts";
import { repositoryName } from "../values/image-reference.ts";
import type { AttachmentPlace, AttachmentQuery } from "./ports.ts";

/** What must be fetched before requirements can be judged. */
export interface Needs {
  /** what containers/image looks for */
  readonly signatures: boolean;
  /** by {@link attachmentNeedKey} */
  readonly attachments: ReadonlyMap<string, AttachmentNeed>;
  /** key and CA files, needed once a signature is found that they could verify */
  readonly trustFiles: ReadonlySet<string>;
  /** by {@link trustRepositoryKey}; needed when files are */
  readonly trustRepositories: ReadonlyMap<string, TrustRepository>;
}

/** Something that cosign, old or new, may have stored. */
export interface AttachmentNeed extends Pick<AttachmentQuery, "kind" | "place"> {
  /** for the manifest that would run, or for the index that led to it */
  readonly of: "manifest" | "index";
}

export type TrustRepository = TrustedRootSource & { readonly type: "tuf" };

export const noNeeds: Needs = {
  signatures: false,
  attachments: new Map(),
  trustFiles: new Set(),
  trustRepositories: new Map(),
};

export function isNothing({ signatures, attachments }: Needs): boolean {
  return !signatures && attachments.size === 0;
}

/** The same text for the same place only. */
export function attachmentNeedKey({ of, kind, place }: AttachmentNeed): string {
  return JSON.stringify([of, kind, placeName(place), place.tagPrefix]);
}

function placeName({ repository }: AttachmentPlace): string {
  return repository === undefined ? "" : repositoryName(repository);
}

/** The same text for the same repository only, begun to be trusted by the same root. */
export function trustRepositoryKey({ mirror, root, target }: TrustRepository): string {
  return JSON.stringify([mirror, target, trustSourceKey(root)]);
}

/** The same text for the same files, or the same bytes, only. */
export function trustSourceKey(source: TrustSource): string {
  const parts = source.type === "files" ? source.paths : source.data.map((data) => digestOf(data));
  return JSON.stringify([source.type, parts]);
}

/** All of several. */
export function together(all: readonly Needs[]): Needs {
  return {
    signatures: all.some(({ signatures }) => signatures),
    attachments: new Map(all.flatMap(({ attachments }) => [...attachments])),
    trustFiles: new Set(all.flatMap(({ trustFiles }) => [...trustFiles])),
    trustRepositories: new Map(all.flatMap(({ trustRepositories }) => [...trustRepositories])),
  };
}

/** What of `these` is stored somewhere else than all of `those`. Which keys that takes depends on what is found. */
export function without(these: Needs, those: Needs): Needs {
  return {
    ...these,
    signatures: these.signatures && !those.signatures,
    attachments: new Map([...these.attachments].filter(([key]) => !those.attachments.has(key))),
  };
}
