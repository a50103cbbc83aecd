import { compileRegexp } from '../../src/shared/filter/regexp/match.ts';
import { RegexpFault } from '../../src/shared/filter/regexp/syntax.ts';

/** Whether a text holds a match, as Go reads the expression. @throws in the words of Consul's commands. */
export function compileGoRegexp(what: string, source: string): (text: string) => boolean {
  try {
    const search = compileRegexp(source);
    return (text) => search(text, { steps: Number.POSITIVE_INFINITY });
  } catch (error) {
    if (!(error instanceof RegexpFault)) throw error;
    throw new Error(`Failed to compile ${what}: error parsing regexp: ${error.message}`);
  }
}
