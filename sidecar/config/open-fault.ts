const reasons: Record<string, string> = {
  ENOENT: 'no such file or directory',
  EACCES: 'permission denied',
  EISDIR: 'is a directory',
  ELOOP: 'too many levels of symbolic links',
};

/** Why a file cannot be opened, in the words of Go. */
export function openFault(path: string, error: unknown): string {
  const { code = '', message } = error as NodeJS.ErrnoException;
  return `open ${path}: ${reasons[code] ?? message}`;
}
