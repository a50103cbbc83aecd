/**
 * A service manager's end of NOTIFY_SOCKET: a datagram socket by path or, with "@", by a name in no file system. Node has
 * none, so Python holds it. A descriptor that comes along (`BARRIER=1`) is closed, which tells the sender that all before
 * it was read.
 */
import { spawnSync } from 'node:child_process';
import type { Program } from './program.ts';
import type { System } from './system.ts';

export const hasPython = spawnSync('python3', ['-c', '']).status === 0;

const receiver = `
import array, json, os, socket, sys
name = sys.argv[1]
end = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
end.bind("\\0" + name[1:] if name[0] == "@" else name)
print("listening", flush=True)
while True:
    text, extra, _, _ = end.recvmsg(4096, socket.CMSG_SPACE(64))
    for _, _, data in extra:
        for fd in array.array("i", data[: len(data) // 4 * 4]):
            os.close(fd)
    if text != b"BARRIER=1":
        print(json.dumps(text.decode()), flush=True)
`;

export class NotifySocket {
  readonly name: string;
  readonly #program: Program;

  private constructor(name: string, program: Program) {
    this.name = name;
    this.#program = program;
  }

  static async open(system: System, name: string): Promise<NotifySocket> {
    const program = system.program({
      name: 'notify-socket',
      command: 'python3',
      args: ['-c', receiver, name],
    });
    await program.says('listening');
    return new NotifySocket(name, program);
  }

  /** What was said so far, one text for each message; signs of life are left out. */
  get messages(): string[] {
    return this.#said.filter((text) => text !== 'WATCHDOG=1');
  }

  get signsOfLife(): number {
    return this.#said.filter((text) => text === 'WATCHDOG=1').length;
  }

  get #said(): string[] {
    const lines = this.#program.log.split('\n').filter((line) => line.startsWith('"'));
    return lines.map((line) => JSON.parse(line) as string);
  }
}
