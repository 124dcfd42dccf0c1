/**
 * What the process environment says about where configuration lives. A program builds it once; nothing else
 * looks at the environment.
 */
export interface UserEnvironment {
  readonly home: string;
  readonly uid: number;
  /** `$XDG_CONFIG_HOME`, else `<home>/.config` */
  readonly configHome: string;
  /** `$XDG_CACHE_HOME`, else `<home>/.cache` */
  readonly cacheHome: string;
  /** `$XDG_RUNTIME_DIR` */
  readonly runtimeDir: string | undefined;
  /** `$DOCKER_CONFIG`: the directory of Docker's config.json */
  readonly dockerConfig: string | undefined;
  /** `$CONTAINERS_POLICY_JSON`: the policy file, which then must exist */
  readonly policyFile: string | undefined;
  /** `$CONTAINERS_REGISTRIES_CONF`: replaces the main registries.conf and every drop-in */
  readonly registriesConf: string | undefined;
  /** `$CONTAINERS_REGISTRIES_CONF_OVERRIDE`: read last, over everything */
  readonly registriesConfOverride: string | undefined;
  /** `$SSL_CERT_FILE`: replaces the system's CA bundle */
  readonly caBundle: string | undefined;
  /** `$SSL_CERT_DIR`: directories of CAs, read besides the bundle */
  readonly caDirectories: readonly string[];
  readonly proxies: ProxyVariables;
  /** what stands before /etc, /usr/share, /run and /var: `""`, except in tests */
  readonly systemRoot: string;
}

/** The proxies that lead out; where names differ only in case the upper one counts, as for Go. */
export interface ProxyVariables {
  /** `$HTTP_PROXY`: for plain HTTP */
  readonly httpProxy: string | undefined;
  /** `$HTTPS_PROXY` */
  readonly httpsProxy: string | undefined;
  /** `$NO_PROXY`: what is reached without */
  readonly noProxy: string | undefined;
}

/** Picks out of the environment what concerns us. An empty variable counts as absent. */
export function userEnvironment(
  variables: Readonly<Record<string, string | undefined>>,
  user: { readonly home: string; readonly uid: number },
): UserEnvironment {
  const variable = (name: string): string | undefined => variables[name] || undefined;
  return {
    home: user.home,
    uid: user.uid,
    configHome: variable("XDG_CONFIG_HOME") ?? `${user.home}/.config`,
    cacheHome: variable("XDG_CACHE_HOME") ?? `${user.home}/.cache`,
    runtimeDir: variable("XDG_RUNTIME_DIR"),
    dockerConfig: variable("DOCKER_CONFIG"),
    policyFile: variable("CONTAINERS_POLICY_JSON"),
    registriesConf: variable("CONTAINERS_REGISTRIES_CONF"),
    registriesConfOverride: variable("CONTAINERS_REGISTRIES_CONF_OVERRIDE"),
    caBundle: variable("SSL_CERT_FILE"),
    caDirectories: variable("SSL_CERT_DIR")?.split(":") ?? [],
    proxies: {
      httpProxy: variable("HTTP_PROXY") ?? variable("http_proxy"),
      httpsProxy: variable("HTTPS_PROXY") ?? variable("https_proxy"),
      noProxy: variable("NO_PROXY") ?? variable("no_proxy"),
    },
    systemRoot: "",
  };
}
