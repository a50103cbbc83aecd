/** Goes to the platform's log (`wrangler tail`, or the standard error of a self-hosted edge). */
// biome-ignore lint/suspicious/noConsole: the only way out of an object
export const log = (message: string) => console.warn(`rollcall: ${message}`);
