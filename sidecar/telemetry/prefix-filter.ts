/**
 * Which metrics are kept: "+prefix" lets through, "-prefix" holds back, the longest prefix decides, and `fallback` where
 * there is none. What begins with neither sign is passed over.
 */
export function makePrefixFilter(rules: string[], fallback: boolean): (name: string) => boolean {
  const sorted = rules
    .filter((rule) => /^[+-]./.test(rule))
    .map((rule) => ({ prefix: rule.slice(1), isKept: rule.startsWith('+') }))
    .sort((a, b) => b.prefix.length - a.prefix.length);
  return (name) => sorted.find(({ prefix }) => name.startsWith(prefix))?.isKept ?? fallback;
}
