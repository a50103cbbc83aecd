/** The answer of a request, or its failure in the words of Consul's commands: "Error reloading: Unexpected response …". */
export async function told<Value>(doing: string, request: Promise<Value>): Promise<Value> {
  try {
    return await request;
  } catch (error) {
    throw new Error(`Error ${doing}: ${(error as Error).message}`);
  }
}
