import { apiServerContract, expiryContract } from "./api-server.contract.ts";
import { apiServerInMemory } from "./api-server-in-memory.ts";
import { ObjectStore } from "./object-store.ts";

for (const contract of [apiServerContract, expiryContract]) {
  contract("the API server in memory", async () => {
    const store = new ObjectStore();
    return {
      server: apiServerInMemory(store),
      namespace: "contract",
      compact: async () => store.compact(),
      async close() {},
    };
  });
}
