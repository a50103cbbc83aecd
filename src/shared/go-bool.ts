const yes = ['1', 't', 'T', 'true', 'TRUE', 'True'];
const no = ['0', 'f', 'F', 'false', 'FALSE', 'False'];

/** What Go's `strconv.ParseBool` reads; undefined for what it refuses. Source: https://pkg.go.dev/strconv#ParseBool. */
export function readGoBool(text: string): boolean | undefined {
  if (yes.includes(text)) return true;
  return no.includes(text) ? false : undefined;
}
