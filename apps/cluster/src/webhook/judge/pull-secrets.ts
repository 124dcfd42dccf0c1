import { CountersignError } from "@countersign/engine/values/error";
import { type ImageReference, repositoryName } from "@countersign/engine/values/image-reference";
import type { Clock } from "@countersign/engine/verify/ports";
import { type AuthFile, lookUpAuth, parseAuthFile } from "@countersign/sources/credentials/auth-file";
import type { CallCredentials } from "@countersign/sources/credentials/call-credentials";
import { BoundedCache } from "@countersign/sources/serving/bounded-cache";
import { type ApiKind, type ObjectName, secrets, serviceAccounts } from "../../kube/api-kind.ts";
import type { ApiObject } from "../../kube/api-object.ts";
import { ApiFailure, type ApiServer } from "../../kube/api-server.ts";
import { isRecord } from "../../kube/parse-object.ts";
import type { Pulling } from "../review/pulling.ts";

/** What pods pull images with. */
export interface PullCredentials {
  /** @returns undefined if the pod has none for the image's registry, or nobody may read them here */
  find(
    namespace: string,
    pulling: Pick<Pulling, "pullSecrets" | "serviceAccount">,
    signal: AbortSignal,
  ): Promise<PodCredentials>;
}

/** The credentials of one pod. */
export interface PodCredentials {
  forImage(reference: ImageReference): CallCredentials | undefined;
}

/** What operators should hear of. */
export interface PullSecretEvents {
  /** it cannot be read, or makes no sense; the image is fetched without it */
  unusable(kind: "Secret" | "ServiceAccount", name: ObjectName, why: string): void;
}

const keptForMs = 30_000;
const maxKept = 2000;
/** A pod may name any number; a kubelet's pod seldom names more than two. */
const maxSecrets = 16;

interface Kept {
  readonly object: ApiObject | undefined;
  readonly until: number;
}

/**
 * Reads pull secrets through the API server, as a kubelet does: those of the pod, or of its service account if it names
 * none. Without the right to read them images are fetched without: whether an image is allowed never depends on it.
 */
export function pullSecrets(server: ApiServer, clock: Clock, events: PullSecretEvents): PullCredentials {
  const kept = new BoundedCache<string, Kept>(maxKept);

  async function read(
    what: "Secret" | "ServiceAccount",
    kind: ApiKind,
    name: ObjectName,
    signal: AbortSignal,
  ): Promise<ApiObject | undefined> {
    const key = `${what} ${name.namespace}/${name.name}`;
    const known = kept.get(key);
    if (known !== undefined && known.until > clock.now()) return known.object;
    let object: ApiObject | undefined;
    try {
      object = await server.get(kind, name, signal);
      if (object === undefined && what === "Secret") events.unusable(what, name, "there is none");
    } catch (error) {
      if (!(error instanceof ApiFailure)) throw error;
      events.unusable(what, name, error.message);
      if (error.code !== "forbidden") return undefined;
    }
    kept.set(key, { object, until: clock.now() + keptForMs });
    return object;
  }

  async function namesOf(
    namespace: string,
    { pullSecrets: named, serviceAccount }: Pick<Pulling, "pullSecrets" | "serviceAccount">,
    signal: AbortSignal,
  ): Promise<readonly string[]> {
    if (named.length > 0) return named;
    const account = await read(
      "ServiceAccount",
      serviceAccounts,
      { namespace, name: serviceAccount },
      signal,
    );
    const list = account?.["imagePullSecrets"];
    const names = Array.isArray(list) ? list.map((each) => (isRecord(each) ? each["name"] : undefined)) : [];
    return names.filter((name) => typeof name === "string");
  }

  return {
    async find(namespace, pulling, signal) {
      const names = (await namesOf(namespace, pulling, signal)).slice(0, maxSecrets);
      const objects = await Promise.all(
        names.map(
          async (name) => [name, await read("Secret", secrets, { namespace, name }, signal)] as const,
        ),
      );
      const files = objects.flatMap(([name, object]) => {
        if (object === undefined) return [];
        try {
          return authFileOf(object) ?? [];
        } catch (error) {
          events.unusable("Secret", { namespace, name }, CountersignError.from(error).message);
          return [];
        }
      });
      return { forImage: (reference) => credentialsFor(files, reference) };
    },
  };
}

function credentialsFor(files: readonly AuthFile[], reference: ImageReference): CallCredentials | undefined {
  for (const file of files) {
    const credentials = found(file, reference);
    if (credentials !== undefined) return { credentials, server: reference.domain };
  }
  return undefined;
}

/** One entry that cannot be decoded must not hide the others. */
function found(file: AuthFile, reference: ImageReference) {
  try {
    return lookUpAuth(file, repositoryName(reference));
  } catch {
    return undefined;
  }
}

/** Source: k8s.io/api core/v1, SecretTypeDockerConfigJson and SecretTypeDockercfg. */
function authFileOf({ data }: ApiObject): AuthFile | undefined {
  if (!isRecord(data)) return undefined;
  const { ".dockerconfigjson": json, ".dockercfg": old } = data;
  if (typeof json === "string") return parseAuthFile(Buffer.from(json, "base64"), "json");
  return typeof old === "string" ? parseAuthFile(Buffer.from(old, "base64"), "dockercfg") : undefined;
}
