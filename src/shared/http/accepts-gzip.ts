/** An answer of less fits in one packet either way; newer Consuls have the same limit. */
export const compressedBytesMin = 1_400;

/** `gzip` or `*` in an `Accept-Encoding` header, unless its weight is 0. */
export function acceptsGzip(header: string): boolean {
  if (header === '') return false;
  const weights = new Map(
    header.split(',').map((part) => {
      const [coding = '', ...params] = part.split(';').map((text) => text.trim().toLowerCase());
      const weight = params.find((param) => param.startsWith('q='))?.slice(2) ?? '1';
      return [coding, Number(weight)] as const;
    }),
  );
  return (weights.get('gzip') ?? weights.get('*') ?? 0) > 0;
}
