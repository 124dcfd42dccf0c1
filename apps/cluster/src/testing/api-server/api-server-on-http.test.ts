import { apiServerOverHttp } from "../../kube/api-server-over-http.ts";
import { apiServerContract, expiryContract } from "./api-server.contract.ts";
import { apiServerOnHttp } from "./api-server-on-http.ts";
import { ObjectStore } from "./object-store.ts";

for (const contract of [apiServerContract, expiryContract]) {
  contract("the API server on HTTP", async () => {
    const store = new ObjectStore();
    const http = await apiServerOnHttp(store);
    const server = apiServerOverHttp({
      url: http.url,
      ca: undefined,
      certificate: undefined,
      token: async () => "secret",
    });
    return {
      server,
      namespace: "contract",
      compact: async () => store.compact(),
      async close() {
        await server.close();
        await http.close();
      },
    };
  });
}
