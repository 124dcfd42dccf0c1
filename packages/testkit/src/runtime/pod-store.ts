import { randomBytes } from "node:crypto";
import { create } from "@bufbuild/protobuf";
import {
  type ContainerConfig,
  type ContainerEventResponse,
  ContainerEventResponseSchema,
  type PodSandboxConfig,
} from "@countersign/sources/cri/generated/cri_pb";
import { RpcFailure } from "./grpc-server.ts";

export interface Sandbox {
  readonly id: string;
  readonly config: PodSandboxConfig;
  readonly handler: string;
  ready: boolean;
}

export interface Container {
  readonly id: string;
  readonly sandbox: Sandbox;
  readonly config: ContainerConfig;
  /** the image that it says it was made from, whatever its name points to by now */
  readonly imageId: string;
  readonly imageRef: string;
  /** what is in it: the id whose content it got, or the path of a checkpoint; its volumes' ids after it */
  readonly contents: readonly string[];
  state: (typeof containerState)[keyof typeof containerState];
}

export const containerState = { created: 0, running: 1, exited: 2 } as const;
const eventType = { created: 0, started: 1, stopped: 2, deleted: 3 } as const;

/** Pods and containers as far as their bookkeeping goes; nothing runs. */
export class PodStore {
  readonly sandboxes = new Map<string, Sandbox>();
  readonly containers = new Map<string, Container>();
  readonly #listeners = new Set<(event: ContainerEventResponse) => void>();

  runSandbox(config: PodSandboxConfig, handler: string): Sandbox {
    const sandbox: Sandbox = { id: newId(), config, handler, ready: true };
    this.sandboxes.set(sandbox.id, sandbox);
    return sandbox;
  }

  /** By id, or by a beginning that only one has. */
  sandbox(id: string): Sandbox {
    const found = [...this.sandboxes.values()].filter((sandbox) => id !== "" && sandbox.id.startsWith(id));
    return (found.length === 1 && found[0]) || missing("sandbox", id);
  }

  stopSandbox(id: string): void {
    const sandbox = this.sandboxes.get(id);
    if (sandbox === undefined) return;
    sandbox.ready = false;
    for (const container of this.containersOf(sandbox)) this.stop(container.id);
  }

  removeSandbox(id: string): void {
    const sandbox = this.sandboxes.get(id);
    if (sandbox === undefined) return;
    for (const container of this.containersOf(sandbox)) this.remove(container.id);
    this.sandboxes.delete(id);
  }

  create(
    sandbox: Sandbox,
    config: ContainerConfig,
    image: Pick<Container, "imageId" | "imageRef" | "contents">,
  ): Container {
    const container: Container = { id: newId(), sandbox, config, ...image, state: containerState.created };
    this.containers.set(container.id, container);
    this.#tell(container, eventType.created);
    return container;
  }

  container(id: string): Container {
    return this.containers.get(id) ?? missing("container", id);
  }

  start(id: string): void {
    const container = this.container(id);
    if (container.state !== containerState.created)
      throw new RpcFailure(2, `failed to start container "${id}": it is not in created state`);
    container.state = containerState.running;
    this.#tell(container, eventType.started);
  }

  /** Absent or already stopped is fine. */
  stop(id: string): void {
    const container = this.containers.get(id);
    if (container === undefined || container.state === containerState.exited) return;
    container.state = containerState.exited;
    this.#tell(container, eventType.stopped);
  }

  remove(id: string): void {
    const container = this.containers.get(id);
    if (container === undefined) return;
    this.stop(id);
    this.containers.delete(id);
    this.#tell(container, eventType.deleted);
  }

  containersOf(sandbox: Sandbox): readonly Container[] {
    return [...this.containers.values()].filter((container) => container.sandbox === sandbox);
  }

  /** @returns how to stop listening */
  listen(listener: (event: ContainerEventResponse) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #tell(container: Container, containerEventType: number): void {
    const event = create(ContainerEventResponseSchema, {
      containerId: container.id,
      containerEventType,
      podSandboxStatus: { id: container.sandbox.id },
    });
    for (const listener of this.#listeners) listener(event);
  }
}

function newId(): string {
  return randomBytes(32).toString("hex");
}

function missing(what: string, id: string): never {
  throw new RpcFailure(5, `an error occurred when try to find ${what} "${id}": not found`);
}
