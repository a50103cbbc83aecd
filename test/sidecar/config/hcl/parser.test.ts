import { describe, expect, test } from 'vitest';
import { HclError } from '../../../../sidecar/config/hcl/lexer.ts';
import { hclDepthMax, parseHcl } from '../../../../sidecar/config/hcl/parser.ts';

const readable: [what: string, text: string, value: unknown][] = [
  ['nothing', '', {}],
  ['only comments', '# a\n// b\n/* c\n */', {}],
  ['attributes on lines', 'a = 1\nb = "x"\n', { a: 1, b: 'x' }],
  ['attributes after a comma', 'p = { http = 1, dns = 2, }', { p: { http: 1, dns: 2 } }],
  ['attributes after a blank', 'p { http = 1 dns = 2 }', { p: { http: 1, dns: 2 } }],
  ['a block', 'service {\n name = "web"\n}', { service: { name: 'web' } }],
  ['a labelled block', 'service "web" { port = 1 }', { service: { web: { port: 1 } } }],
  ['two labels', 'a b c { d = 1 }', { a: { b: { c: { d: 1 } } } }],
  ['a repeated block', 's { a = 1 }\ns { a = 2 }\ns { a = 3 }', { s: [{ a: 1 }, { a: 2 }, { a: 3 }] }],
  ['a repeated attribute', 'a = 1\na = 2', { a: 2 }],
  ['a quoted key', '"a b" = 1', { 'a b': 1 }],
  ['a key of the prototype', '__proto__ = 1', Object.fromEntries([['__proto__', 1]])],
  ['dots and dashes in keys', 'a.b-c_d = 1', { 'a.b-c_d': 1 }],
  [
    'octal numbers and others',
    'a = 010\nb = -0x10\nc = .5\nd = 1.\ne = 00',
    { a: 8, b: -16, c: 0.5, d: 1, e: 0 },
  ],
  ['commas too many in a list', 'a = [,1,,2,]', { a: [1, 2] }],
  ['control characters', 'a = "\\a\\b\\f\\v\\101"', { a: '\x07\b\f\vA' }],
  ['numbers', 'a = -1\nb = 0x1F\nc = 1.5\nd = 1e3\ne = -2.5e-1', { a: -1, b: 31, c: 1.5, d: 1000, e: -0.25 }],
  ['booleans', 'a = true\nb = false', { a: true, b: false }],
  [
    'lists',
    'a = []\nb = [1, "x", true,]\nc = [\n[1],\n{d = 1}\n]',
    { a: [], b: [1, 'x', true], c: [[1], { d: 1 }] },
  ],
  ['comments in a list', 'a = [ # one\n1, /* two */ 2 // three\n]', { a: [1, 2] }],
  ['escapes', 'a = "\\"\\\\\\n\\t\\u00e9\\U0001F600\\x41"', { a: '"\\\n\té😀A' }],
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a placeholder of HCL
  ['no interpolation', 'a = "${x}"\nb = "${f("x", {})}"', { a: '${x}', b: '${f("x", {})}' }],
  ['a heredoc', 'a = <<EOF\n one\n  two\nEOF\nb = 1', { a: ' one\n  two\n', b: 1 }],
  ['an indented heredoc', 'a = <<-EOF\n    one\n      two\n    EOF\n', { a: 'one\n  two\n' }],
  ['a heredoc that is indented more than its end', 'a = <<-X\n  b\n    c\n X\n', { a: ' b\n   c\n' }],
  ['a heredoc that is indented less than its end', 'a = <<-X\n b\n  c\n  X\n', { a: ' b\n  c\n' }],
  ['an indented heredoc with an empty line', 'a = <<-X\n  b\n\n  X\n', { a: '  b\n\n' }],
  ['an indented end without a dash', 'a = <<X\nb\n  X\n', { a: 'b\n  ' }],
  ['a line that only begins like the end', 'a = <<X\nX \nXY\nX\n', { a: 'X \nXY\n' }],
  ['a heredoc at the end', 'a = <<X\nb\nX', { a: 'b\n' }],
  ['other line ends', 'a = 1\r\nb = <<E\r\nx\r\nE\r\n', { a: 1, b: 'x\n' }],
];

describe('HCL is read', () => {
  test.each(readable)('%s', (_, text, value) => expect(parseHcl(text)).toEqual(value));
});

/** The first seven as Consul 1.8.7 says them. */
const refused: [text: string, message: string][] = [
  ['data_dir = "/tmp/x\na', 'At 1:12: literal not terminated'],
  ['server = yes', 'At 1:10: Unknown token: 1:10 IDENT yes'],
  ['= 5', 'At 1:1: no object keys found!'],
  ['a = @', 'At 1:5: illegal char'],
  ['a b c = 5', 'At 1:7: nested object expected: LBRACE got: ASSIGN'],
  ['\nports {', 'At 2:8: object expected closing RBRACE got: EOF'],
  ['a = [1 2]', 'At 1:8: error parsing list, expected comma or list end, got: NUMBER'],
  ['a =', 'At 1:4: Unknown token: 1:4 EOF'],
  ['a', "At 1:2: key expected start of object ('{') or assignment ('=')"],
  ['a = [1', 'At 1:7: error parsing list, expected comma or list end, got: EOF'],
  ['}', 'At 1:1: no object keys found!'],
  ['p {\n  a = 1\n  ]\n}', 'At 3:3: object expected closing RBRACE got: RBRACK'],
  ['a = 08', 'At 1:5: invalid number: 08'],
  ['a = "\0"', 'At 1:5: literal not terminated'],
  ['a = "\\0"', 'At 1:6: illegal char escape'],
  ['a = "\\q"', 'At 1:6: illegal char escape'],
  ['a = "\\UFFFFFFFF"', 'At 1:6: illegal char escape'],
  ['a = <<EOF\nx\n', 'At 1:5: heredoc not terminated'],
  ['a = << EOF\n', 'At 1:5: invalid characters in heredoc anchor'],
  ['a = 1\n/* x', 'At 2:1: comment not terminated'],
];

describe('a fault in HCL is told with its line and column', () => {
  test.each(refused)('%j', (text, message) => {
    expect(() => parseHcl(text)).toThrow(HclError);
    expect(() => parseHcl(text)).toThrow(message);
  });
});

describe('the depth of HCL is limited', () => {
  const nested = (depth: number) => `a = ${'['.repeat(depth)}${']'.repeat(depth)}`;
  const blocks = (depth: number) => `${'a {'.repeat(depth)}${'}'.repeat(depth)}`;
  test.each([nested, blocks])('%#', (make) => {
    expect(parseHcl(make(hclDepthMax))).toHaveProperty('a');
    expect(() => parseHcl(make(hclDepthMax + 1))).toThrow(`nested deeper than ${hclDepthMax}`);
  });
});
