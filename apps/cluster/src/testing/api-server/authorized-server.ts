import type { ApiKind } from "../../kube/api-kind.ts";
import { ApiFailure, type ApiServer } from "../../kube/api-server.ts";

/** What an API server is asked for, as RBAC sees it. */
export interface Access {
  readonly verb: "get" | "list" | "watch" | "create" | "update" | "delete";
  readonly group: string;
  /** `clusterimagepolicies/status` */
  readonly resource: string;
  /** undefined: the cluster's, or of every namespace */
  readonly namespace: string | undefined;
  /** undefined where a name is not known when it is asked: in lists, and of what is created */
  readonly name: string | undefined;
}

/** An API server that asks first whether something is allowed. */
export function authorizedServer(server: ApiServer, isAllowed: (access: Access) => boolean): ApiServer {
  function require(
    verb: Access["verb"],
    { group, plural }: ApiKind,
    { namespace, name }: { readonly namespace?: string | undefined; readonly name?: string | undefined },
    subresource = "",
  ): void {
    const resource = plural + subresource;
    if (isAllowed({ verb, group, resource, namespace, name })) return;
    throw new ApiFailure(
      "forbidden",
      `${verb} ${group}/${resource} ${namespace ?? "*"}/${name ?? "*"} is not granted`,
    );
  }
  return {
    async get(kind, name, signal) {
      require("get", kind, name);
      return await server.get(kind, name, signal);
    },
    async list(kind, query, signal) {
      require("list", kind, query);
      return await server.list(kind, query, signal);
    },
    async *watch(kind, query, signal) {
      require("watch", kind, query);
      yield* server.watch(kind, query, signal);
    },
    async create(kind, object, signal) {
      require("create", kind, { namespace: object.metadata.namespace });
      return await server.create(kind, object, signal);
    },
    async replace(kind, object, signal) {
      require("update", kind, object.metadata);
      return await server.replace(kind, object, signal);
    },
    async replaceStatus(kind, object, signal) {
      require("update", kind, object.metadata, "/status");
      return await server.replaceStatus(kind, object, signal);
    },
    async delete(kind, name, signal) {
      require("delete", kind, name);
      return await server.delete(kind, name, signal);
    },
  };
}
