import { request } from "node:https";

export interface HttpsAnswer {
  readonly status: number;
  readonly body: string;
}

/** Asks as an API server does: it believes `ca`, and expects the Service's name. */
export function postReview(
  port: number,
  path: string,
  ca: string,
  body: string | undefined,
  name = "countersign-webhook.countersign-system.svc",
): Promise<HttpsAnswer> {
  return new Promise((resolve, reject) => {
    const call = request(
      {
        ...{ host: "127.0.0.1", port, path, ca, servername: name, agent: false },
        method: body === undefined ? "GET" : "POST",
        headers: { "content-type": "application/json" },
      },
      (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (chunk) => {
          text += chunk;
        });
        response.on("end", () => resolve({ status: response.statusCode ?? 0, body: text }));
        response.on("error", reject);
      },
    );
    call.on("error", reject);
    call.end(body);
  });
}
