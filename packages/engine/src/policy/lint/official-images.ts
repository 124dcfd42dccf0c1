import { quote } from "../../values/go-format.ts";
import type { Policy } from "../policy.ts";
import type { Hint } from "./hint.ts";
import { scopePath } from "./requirement-lists.ts";

/** Official images of Docker Hub that no publisher of note shares a name with. */
const officialImages: ReadonlySet<string> = new Set([
  "busybox",
  "caddy",
  "centos",
  "debian",
  "eclipse-temurin",
  "golang",
  "haproxy",
  "hello-world",
  "httpd",
  "mariadb",
  "memcached",
  "mongo",
  "node",
  "openjdk",
  "php",
  "postgres",
  "python",
  "registry",
  "ruby",
  "rust",
  "tomcat",
  "wordpress",
]);

/** `docker.io/debian` is the parent of `docker.io/debian/…`; the image of that name is `docker.io/library/debian`. */
export function* officialImageHints(policy: Policy): Generator<Hint> {
  const scopes = policy.transports.get("docker");
  for (const scope of scopes?.keys() ?? []) {
    const [, image = ""] = /^docker\.io\/([^/]+)$/.exec(scope) ?? [];
    const full = `docker.io/library/${image}`;
    if (!officialImages.has(image) || scopes?.has(full)) continue;
    yield {
      code: "OFFICIAL_IMAGE_MISSED",
      path: scopePath("docker", scope),
      message: `this is for images below ${scope}/, not for the official image ${image}`,
      remedy: `write ${quote(full)}`,
    };
  }
}
