/** How a call ended, as its caller sees it: gRPC's code (0 when all went well) and the message beside it. */
export interface Outcome {
  readonly code: number;
  readonly message: string;
}

export async function outcomeOf(call: Promise<unknown>): Promise<Outcome> {
  try {
    await call;
    return { code: 0, message: "" };
  } catch (error) {
    const { code, details } = error as { code?: unknown; details?: unknown };
    if (typeof code !== "number" || typeof details !== "string") throw error;
    return { code, message: details };
  }
}
