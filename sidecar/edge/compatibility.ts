/** As of when, and with which flags, workerd runs the edge; the same as in `wrangler.toml` (a test compares). */
export const compatibilityDate = '2026-10-01';
export const compatibilityFlags = ['enable_request_signal'];
