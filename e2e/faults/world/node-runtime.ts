import type { TestRuntime } from "@countersign/testkit/runtime/runtime";
import type { podConfig } from "../../peers/pods.ts";
import type { WorldImage } from "./images.ts";

/** A container runtime as far as somebody meddles with it and looks at what it holds, past the gateway. */
export interface NodeRuntime extends AsyncDisposable {
  readonly socket: string;
  /** the one in this process, of which calls can be made to fail; undefined for a real one */
  readonly inProcess: TestRuntime | undefined;
  /** Resolves with the next call to a path that matches, where that can be seen; else soon. */
  moment(path: RegExp): Promise<unknown>;
  /** As SIGKILL does. Books are kept. */
  kill(): Promise<void>;
  /** As SIGTERM does: calls under way may end. Does not wait for it. */
  shutDown(): void;
  /** Starts it again, whatever of it still runs. */
  restart(): Promise<void>;
  /** what a pod is made with, and comes along with each of its containers */
  podConfig(namespace: string): PodConfig;
  /** Makes a sandbox for a pod. @returns its id */
  runPod(namespace: string): Promise<string>;
  images(): Promise<readonly ImageOnDisk[]>;
  removeImage(id: string): Promise<void>;
  /** Brings an image to the node as `ctr` does. */
  preload(image: WorldImage): Promise<void>;
  containers(): Promise<readonly MadeContainer[]>;
  removeContainer(id: string): Promise<void>;
  /** Forgets what only tests want to know. */
  forgetCalls(): void;
}

export type PodConfig = ReturnType<typeof podConfig>;

export interface ImageOnDisk {
  readonly id: string;
  readonly repoTags: readonly string[];
  readonly repoDigests: readonly string[];
}

export interface MadeContainer {
  readonly id: string;
  /** of its metadata */
  readonly name: string;
  /** ids of the images that are really in it, its own first */
  readonly contents: readonly string[];
}
