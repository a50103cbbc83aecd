/** The date as of whose behaviour workerd runs the edge; the same as in `wrangler.toml` (a test compares). */
export const compatibilityDate = '2026-10-01';
