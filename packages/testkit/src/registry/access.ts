import { randomUUID } from "node:crypto";
import { answer, json, type RegistryAnswer, refusal } from "./registry-answer.ts";

/** Whom a registry lets in, and how it asks. */
export type Access =
  | { readonly type: "anonymous" }
  | { readonly type: "basic"; readonly users: Readonly<Record<string, string>> }
  | BearerAccess;

/** A token server beside the registry, below `/token`. */
export interface BearerAccess {
  readonly type: "bearer";
  readonly users: Readonly<Record<string, string>>;
  /** refresh tokens of users who logged in elsewhere */
  readonly identityTokens?: readonly string[];
  /** tokens made elsewhere that open everything */
  readonly registryTokens?: readonly string[];
  /** repositories that anyone may pull from */
  readonly publicRepositories?: readonly string[];
  /** seconds; left out of the answer when undefined */
  readonly lifetime?: number;
  /** which of the two names of the specification the token goes by; `token` when undefined */
  readonly tokenField?: "token" | "access_token";
  /** another token server than our own */
  readonly realm?: string;
  /** demanded besides `repository:<name>:pull`, and only named when it is missing */
  readonly extraScope?: string;
}

export interface AccessRequest {
  readonly method: string;
  readonly url: URL;
  readonly authorization: string | undefined;
  readonly body: string;
  /** whether the connection showed a client certificate is the TLS server's business, not ours */
  readonly repository: string | undefined;
}

export interface AccessControl {
  /** undefined lets the request in */
  check(request: AccessRequest): RegistryAnswer | undefined;
  /** the token server */
  issue(request: AccessRequest): RegistryAnswer;
  /** makes every token issued so far worthless */
  revoke(): void;
}

interface Issued {
  readonly scopes: readonly string[];
  readonly user: string | undefined;
}

export function accessControl(access: Access, origin: () => string): AccessControl {
  const issued = new Map<string, Issued>();
  const service = "test-registry";
  const challenge = (access: BearerAccess, more = ""): string =>
    `Bearer realm="${access.realm ?? `${origin()}/token`}",service="${service}"${more}`;

  return {
    check({ method, authorization, repository }) {
      switch (access.type) {
        case "anonymous":
          return undefined;
        case "basic":
          return isUser(access.users, authorization)
            ? undefined
            : refusal(401, "UNAUTHORIZED", "authentication required", {
                "www-authenticate": `Basic realm="${service}"`,
              });
        case "bearer": {
          const token = /^Bearer (\S+)$/.exec(authorization ?? "")?.[1] ?? "";
          if (access.registryTokens?.includes(token)) return undefined;
          const known = issued.get(token);
          const action = method === "GET" || method === "HEAD" ? "pull" : "push";
          const wanted = repository === undefined ? [] : [`repository:${repository}:${action}`];
          if (known === undefined) {
            const more = wanted.map((scope) => `,scope="${scope}"`).join("");
            return unauthorized(
              challenge(access, authorization === undefined ? more : `${more},error="invalid_token"`),
            );
          }
          const extra = access.extraScope === undefined ? [] : [access.extraScope];
          const missing = [...wanted, ...extra].filter((scope) => !grants(known.scopes, scope)).join(" ");
          if (missing === "") return undefined;
          return unauthorized(challenge(access, `,scope="${missing}",error="insufficient_scope"`));
        }
      }
    },
    issue({ method, url, authorization, body }) {
      if (access.type !== "bearer") return answer(404);
      const form = method === "POST" ? new URLSearchParams(body) : url.searchParams;
      const refreshed = access.identityTokens?.includes(form.get("refresh_token") ?? "") ?? false;
      const user = refreshed || isUser(access.users, authorization) ? "known" : undefined;
      const claimed = authorization !== undefined || form.has("refresh_token");
      if (claimed && user === undefined) {
        return json(401, { details: "incorrect username or password" });
      }
      const open = access.publicRepositories ?? [];
      const scopes = form
        .getAll("scope")
        .flatMap((scope) => scope.split(" "))
        .filter((scope) => user !== undefined || open.includes(scope.split(":")[1] ?? ""));
      const token = randomUUID();
      issued.set(token, { scopes, user });
      const lifetime = access.lifetime === undefined ? {} : { expires_in: access.lifetime };
      return json(200, { [access.tokenField ?? "token"]: token, ...lifetime });
    },
    revoke: () => issued.clear(),
  };
}

/** Whether one of `scopes` (`repository:a:pull,push`) includes the one action of `wanted`. */
function grants(scopes: readonly string[], wanted: string): boolean {
  const [, resource, action = ""] = /^(.*):([^:]*)$/.exec(wanted) ?? [];
  return scopes.some((scope) => {
    const [, granted, actions = ""] = /^(.*):([^:]*)$/.exec(scope) ?? [];
    return granted === resource && actions.split(",").includes(action);
  });
}

function unauthorized(challenge: string): RegistryAnswer {
  return refusal(401, "UNAUTHORIZED", "authentication required", { "www-authenticate": challenge });
}

function isUser(users: Readonly<Record<string, string>>, authorization: string | undefined): boolean {
  const [, encoded = ""] = /^Basic (\S+)$/.exec(authorization ?? "") ?? [];
  const [, user = "", password] = /^([^:]*):(.*)$/s.exec(Buffer.from(encoded, "base64").toString()) ?? [];
  return Object.hasOwn(users, user) && users[user] === password;
}
