import { vi } from 'vitest';
import type { Command } from '../../../sidecar/commands/command.ts';

/** Runs a command and gives back its exit code and what it printed. @throws what it throws. */
export async function run(command: Command, ...argv: string[]): Promise<{ code: number; printed: string }> {
  let printed = '';
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += String(text);
    return true;
  });
  try {
    const code = await command.run(argv);
    return { code, printed };
  } finally {
    write.mockRestore();
  }
}
