/** The redirect that Go's server sends; only `GET` and `HEAD` are told about it in HTML. */
export function movedPermanently(method: string, location: string): Response {
  const headers = { Location: location };
  if (method !== 'GET' && method !== 'HEAD') return new Response(null, { status: 301, headers });
  return new Response(`<a href="${escapeHtml(location)}">Moved Permanently</a>.\n\n`, {
    status: 301,
    headers: { ...headers, 'Content-Type': 'text/html; charset=utf-8' },
  });
}

const escapeHtml = (text: string) => text.replace(/[&<>"']/g, (character) => htmlEscapes[character]!);

const htmlEscapes: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&#34;',
  "'": '&#39;',
};
