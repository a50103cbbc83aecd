/**
 * Texts with `${…}` in them, as far as templates of prepared queries need that language: variables, and functions of one
 * whole number. `$${` stands for `${`.
 *
 * Source: https://github.com/hashicorp/hil, without its arithmetic and conditions.
 */

/** Why a text cannot be interpolated. `kind`: what it is bad at. */
export class InterpolationFault extends Error {
  readonly kind: 'format' | 'evaluation';

  constructor(kind: 'format' | 'evaluation', message: string) {
    super(message);
    this.kind = kind;
  }
}

export interface Scope {
  variables: Record<string, string>;
  functions: Record<string, (argument: number) => string>;
}

const expression = /^\s*([A-Za-z_][\w.]*)\s*(?:\(\s*(.*?)\s*\)\s*)?$/;

/** @throws {InterpolationFault} in the words of HashiCorp's language. */
export function interpolate(text: string, scope: Scope): string {
  let result = '';
  for (let at = 0; at < text.length; ) {
    if (text.startsWith('$${', at)) {
      result += '${';
      at += '$${'.length;
    } else if (text.startsWith('${', at)) {
      const start = at + '${'.length;
      const end = text.indexOf('}', start);
      if (end < 0) throw syntaxFault();
      result += evaluate(text.slice(start, end), start, scope);
      at = end + 1;
    } else {
      result += text[at++];
    }
  }
  return result;
}

function evaluate(source: string, start: number, scope: Scope): string {
  const found = expression.exec(source);
  if (!found) throw syntaxFault();
  const [, name = '', argument] = found;
  const column = start + source.indexOf(name) + 1;
  if (argument === undefined) return variable(name, column, scope);
  if (!Object.hasOwn(scope.functions, name))
    throw evaluationFault(`1:${column}: unknown function called: ${name}`);
  const count = argument === '' ? 0 : argument.split(',').length;
  if (count !== 1) throw evaluationFault(`1:${column}: ${name}: expected 1 arguments, got ${count}`);
  return scope.functions[name]!(wholeNumber(argument, start + source.indexOf(argument, found.index), scope));
}

function variable(name: string, column: number, { variables }: Scope): string {
  if (!Object.hasOwn(variables, name))
    throw evaluationFault(`1:${column}: unknown variable accessed: ${name}`);
  return variables[name]!;
}

function wholeNumber(argument: string, at: number, scope: Scope): number {
  const quoted = /^"(.*)"$/.exec(argument)?.[1];
  const text = quoted ?? (/^-?\d+$/.test(argument) ? argument : variable(argument, at + 1, scope));
  if (!/^[+-]?\d+$/.test(text))
    throw evaluationFault(
      `__builtin_StringToInt: strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`,
    );
  return Number(text);
}

const syntaxFault = () => new InterpolationFault('format', 'parse error: syntax error');
const evaluationFault = (message: string) => new InterpolationFault('evaluation', message);
