/**
 * What the API declared on this host, on disk: all of it in a file, and what has changed since in a journal beside it, a line
 * for each group of changes that were written together. A group is there as a whole or not at all.
 *
 * All is written again when the journal has become long, and with the first change after whatever the journal cannot tell: a
 * start, a reload (files may have taken over what the API declared), a write that failed. Each file has a number, which the
 * lines that follow on it name: a host that dies between a new file and the end of the old journal does not do that again.
 */
import { join } from 'node:path';
import { appendDurably, readIfThere, removeIfThere } from '../system/durable-file.ts';
import { KeptFile, setAsideDamaged } from '../system/kept-file.ts';
import type { Logger } from '../system/logger.ts';
import {
  type ApiDefinitions,
  type DefinitionChange,
  selectApiDefinitions,
  withChanges,
} from './definition-change.ts';
import { decodeLine, encodeLine, isBegunLine } from './journal-line.ts';
import type { LocalState } from './local-state.ts';

const format = 1;

interface KeptDefinitions extends ApiDefinitions {
  Generation: number;
}

/** Of which file it follows on, and what was changed. */
type Group = [generation: number, changes: DefinitionChange[]];

/** A longer journal is worth writing all definitions, if it is longer than these, too: so each change costs as little. */
const journalBytesMin = 1_048_576;

export class SavedDefinitions {
  readonly #file: KeptFile<KeptDefinitions>;
  readonly #journalPath: string;
  readonly #logger: Logger;
  #journalBytesMax = journalBytesMin;
  #isRewriteDue = true;
  #generation = 0;

  constructor(folder: string, logger: Logger) {
    this.#file = new KeptFile(join(folder, 'definitions.json'), format, logger);
    this.#journalPath = join(folder, 'definitions.journal');
    this.#logger = logger;
  }

  /** @throws what the disk says, if what is damaged cannot be set aside, or what is whole of it not be kept. */
  load(): ApiDefinitions {
    const kept = this.#file.read();
    const { groups, damage } = readJournal(this.#journalPath);
    this.#generation = kept?.Generation ?? groups.at(-1)?.[0] ?? 0;
    // Where there is no file any more, what followed on it is better than nothing.
    const following = groups.filter(([generation]) => generation === this.#generation);
    const changes = following.flatMap(([, one]) => one);
    const all = withChanges(kept ?? { Services: [], Checks: [] }, changes);
    if (damage === undefined) return all;
    // What is whole is kept before the rest is out of the way.
    if (changes.length > 0) this.#file.write(this.#next(all));
    setAsideDamaged(this.#journalPath, damage, this.#logger);
    return all;
  }

  /** The journal does not tell what has just become of the host: the next change writes all. */
  rewriteNext(): void {
    this.#isRewriteDue = true;
  }

  /**
   * Writes changes that are not done in `state` yet; only one such call may be under way. Resolves when they are on disk.
   * @throws what the disk says; what was kept before is then still there, and nothing else.
   */
  async write(changes: DefinitionChange[], state: LocalState): Promise<void> {
    try {
      if (this.#isRewriteDue) await this.#rewrite(withChanges(selectApiDefinitions(state), changes));
      else if (changes.length > 0) await this.#append(changes);
    } catch (error) {
      this.rewriteNext();
      throw error;
    }
  }

  async #append(changes: DefinitionChange[]): Promise<void> {
    const group: Group = [this.#generation, changes];
    const bytes = await appendDurably(this.#journalPath, `${encodeLine(group)}\n`);
    if (bytes > this.#journalBytesMax) this.rewriteNext();
  }

  async #rewrite(all: ApiDefinitions): Promise<void> {
    // Before it begins: a reload meanwhile makes it due again.
    this.#isRewriteDue = false;
    this.#journalBytesMax = Math.max(journalBytesMin, await this.#file.replace(this.#next(all)));
    // The changes are on disk, whatever becomes of the journal; but nothing may follow on a line that is not whole.
    try {
      removeIfThere(this.#journalPath);
    } catch {
      this.rewriteNext();
    }
  }

  #next({ Services, Checks }: ApiDefinitions): KeptDefinitions {
    this.#generation += 1;
    return { Generation: this.#generation, Services, Checks };
  }
}

/** All lines that are whole, and what is wrong with the others, but for a last one whose writer died. */
function readJournal(path: string): { groups: Group[]; damage?: Error } {
  let text: string;
  try {
    text = readIfThere(path) ?? '';
  } catch (error) {
    return { groups: [], damage: error as Error };
  }
  const lines = text.split('\n').map((line) => ({ line, group: decodeLine<Group>(line) }));
  const groups = lines.map(({ group }) => group).filter((group) => group !== undefined);
  const last = lines.pop()!;
  const damaged = lines.filter(({ group }) => !group).length + Number(!last.group && !isBegunLine(last.line));
  if (damaged === 0) return { groups };
  return {
    groups,
    damage: new Error(`${damaged} of its lines do not match their checksums; the others count`),
  };
}
