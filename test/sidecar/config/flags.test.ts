import { describe, expect, test } from 'vitest';
import { agentFlags } from '../../../sidecar/config/agent-flags.ts';
import { clientFlags } from '../../../sidecar/config/client-flags.ts';
import { FlagError, flagsHelp, parseFlags } from '../../../sidecar/config/flags.ts';

const table = [
  { name: 'dev', type: 'bool', help: 'A switch.' },
  { name: 'node', help: 'A text.' },
  { name: 'port', type: 'int', help: 'A number.' },
  { name: 'index', type: 'uint64', help: 'A large number.' },
  { name: 'wait', type: 'duration', help: 'A duration.' },
  { name: 'join', type: 'list', help: 'A list.' },
  { name: 'also-join', type: 'list', joins: 'join', help: 'The same list.' },
  { name: 'meta', type: 'meta', help: 'Metadata.' },
  { name: 'pair', type: 'pairs', help: 'Pairs.' },
] as const;

const parse = (line: string) => parseFlags(table, line === '' ? [] : line.split(' '));

describe('flags are read as Go reads them', () => {
  test.each([
    ['', {}, []],
    ['-dev', { dev: true }, []],
    ['--dev', { dev: true }, []],
    ['-dev=false', { dev: false }, []],
    ['-dev=1 -dev=F', { dev: false }, []],
    ['-dev false', { dev: true }, ['false']],
    ['-node=a', { node: 'a' }, []],
    ['-node a', { node: 'a' }, []],
    ['--node a', { node: 'a' }, []],
    ['-node -dev', { node: '-dev' }, []],
    ['-node=', { node: '' }, []],
    ['-node=a=b', { node: 'a=b' }, []],
    ['-node a -node b', { node: 'b' }, []],
    ['-port -1', { port: -1 }, []],
    ['-index=18446744073709551615', { index: '18446744073709551615' }, []],
    ['-index=0x10', { index: '16' }, []],
    ['-wait=1m30s', { wait: 90_000 }, []],
    ['-join a -also-join=b -join=c', { join: ['a', 'b', 'c'] }, []],
    ['-meta a:b -meta c:d=e:f -meta f', { meta: { a: 'b', c: 'd=e:f', f: '' } }, []],
    ['-pair a=b -pair c:d=e=f -pair g=', { pair: { a: 'b', 'c:d': 'e=f', g: '' } }, []],
    ['-meta a:1 -meta a:2', { meta: { a: '2' } }, []],
    ['-dev x -node y', { dev: true }, ['x', '-node', 'y']],
    ['-dev -- -node y', { dev: true }, ['-node', 'y']],
    ['- -dev', {}, ['-', '-dev']],
  ])('%s', (line, values, args) => expect(parse(line)).toEqual({ values, args, help: false }));
  test('a key of the prototype is an ordinary key', () =>
    expect(Object.entries(parse('-meta __proto__:a').values.meta!)).toEqual([['__proto__', 'a']]));
});

describe('help is recognised before what is wrong', () => {
  test.each(['-h', '-help', '--help', '-dev --help -bogus'])('%s', (line) =>
    expect(parse(line).help).toBe(true),
  );
  test('but not after the flags', () => expect(parse('x -h').help).toBe(false));
});

describe('a fault is told in the words of Go', () => {
  test.each([
    ['-x', 'flag provided but not defined: -x'],
    ['-pair=a', 'invalid value "a" for flag -pair: Missing "=" value in argument: a'],
    ['--x=1', 'flag provided but not defined: -x'],
    ['-port', 'flag needs an argument: -port'],
    ['-port=a', 'invalid value "a" for flag -port: strconv.Atoi: parsing "a": invalid syntax'],
    ['-port=1.5', 'invalid value "1.5" for flag -port: strconv.Atoi: parsing "1.5": invalid syntax'],
    [
      '-dev=maybe',
      'invalid boolean value "maybe" for -dev: strconv.ParseBool: parsing "maybe": invalid syntax',
    ],
    [
      '-index=18446744073709551616',
      'invalid value "18446744073709551616" for flag -index: value out of range',
    ],
    ['-index=-1', 'invalid value "-1" for flag -index: parse error'],
    ['-index=', 'invalid value "" for flag -index: parse error'],
    ['-wait=abc', 'invalid value "abc" for flag -wait: time: invalid duration "abc"'],
    ['---x', 'bad flag syntax: ---x'],
    ['-=x', 'bad flag syntax: -=x'],
    ['--=x', 'bad flag syntax: --=x'],
  ])('%s', (line, message) => {
    expect(() => parse(line)).toThrow(FlagError);
    expect(() => parse(line)).toThrow(message);
  });
});

test('the help of agent is what it was', async () => {
  await expect(`${flagsHelp(agentFlags)}\n`).toMatchFileSnapshot('golden/agent-help.txt');
});

test('the help of commands that talk to an agent is what it was', async () => {
  await expect(`${flagsHelp(clientFlags)}\n`).toMatchFileSnapshot('golden/client-help.txt');
});

test.each([
  ['agent', agentFlags],
  ['client', clientFlags],
])('the flags of %s are listed once', (_, flags) => {
  const names = flags.map(({ name }) => name);
  expect(names).toEqual([...new Set(names)]);
});
