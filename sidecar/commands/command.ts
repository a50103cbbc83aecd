export interface Command {
  name: string;
  /** One line for the list of commands. */
  summary: string;
  /** @returns the exit code. @throws what is to be printed as an error, with exit code 1. */
  run(argv: string[]): Promise<number>;
}
