/** Templates of prepared queries. The answers and the errors are those of Consul 1.8.7. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is the language of templates
import { describe, expect, it } from 'vitest';
import { decodeQuery, type PreparedQuery } from '../../../src/requests/prepared-query.ts';
import { checkTemplate, renderTemplate } from '../../../src/requests/query-template.ts';

const template = (Service: object, Template: object = {}, Name = 'u-'): PreparedQuery => ({
  ...decodeQuery(JSON.stringify({ Name, Service, Template: { Type: 'name_prefix_match', ...Template } })),
  CreateIndex: 1,
  ModifyIndex: 1,
});

describe('a template', () => {
  const Regexp = '^u-(.*?)-(.*?)$';

  it.each([
    { text: 'web', name: 'u-a-b', gives: 'web' },
    { text: 'x-${name.full}', name: 'u-a-b', gives: 'x-u-a-b' },
    { text: '${name.prefix}|${name.suffix}', name: 'u-a-b', gives: 'u-|a-b' },
    { text: '${name.prefix}|${name.suffix}', name: 'U-A-b', gives: 'u-|A-b' },
    { text: '${match(0)}|${match(1)}|${match(2)}|${match(9)}', name: 'u-a-b', gives: 'u-a-b|a|b|' },
    { text: '${ match( 1 ) }', name: 'u-a-b', gives: 'a' },
    { text: '${match("2")}', name: 'u-a-b', gives: 'b' },
    { text: 'x${match(1)}', name: 'u-nomatch', gives: 'x' },
    { text: 'a$${x}', name: 'u-', gives: 'a${x}' },
    { text: 'a$b{c}', name: 'u-', gives: 'a$b{c}' },
    { text: '[${agent.segment}]', name: 'u-', gives: '[]' },
  ])('$text for $name', ({ text, name, gives }) => {
    const query = template({ Service: text }, { Regexp });
    checkTemplate(query);
    expect(renderTemplate(query, name).Service.Service).toBe(gives);
  });

  it('makes every text of the service part', () => {
    const text = '${match(1)}';
    const made = renderTemplate(
      template(
        {
          Service: text,
          Failover: { Datacenters: [text] },
          Near: text,
          NodeMeta: { k: text },
          IgnoreCheckIDs: [text],
        },
        { Regexp },
      ),
      'u-a-b',
    );
    expect(made.Service).toMatchObject({
      Service: 'a',
      Failover: { Datacenters: ['a'] },
      Near: 'a',
      NodeMeta: { k: 'a' },
      IgnoreCheckIDs: ['a'],
    });
  });

  it.each([
    { RemoveEmptyTags: true, tags: ['z'] },
    { RemoveEmptyTags: false, tags: ['', 'z'] },
  ])('with RemoveEmptyTags $RemoveEmptyTags', ({ RemoveEmptyTags, tags }) => {
    const query = template({ Service: 'x', Tags: ['${match(1)}', 'z'] }, { Regexp, RemoveEmptyTags });
    expect(renderTemplate(query, 'u-nomatch').Service.Tags).toEqual(tags);
  });
});

describe('what is no template', () => {
  it.each([
    [{ Type: 'bogus' }, 'x', "Bad Template.Type 'bogus'"],
    [{ Regexp: '(' }, 'x', 'Bad Regexp: error parsing regexp: missing closing ): `(`'],
    [{}, '${foo}', "Bad evaluation for '${foo}' in Service.Service: 1:3: unknown variable accessed: foo"],
    [{}, '${match(1)', "Bad format '${match(1)' in Service.Service: parse error: syntax error"],
    [{}, '${foo(1)}', "Bad evaluation for '${foo(1)}' in Service.Service: 1:3: unknown function called: foo"],
    [
      {},
      '${match(x)}',
      "Bad evaluation for '${match(x)}' in Service.Service: 1:9: unknown variable accessed: x",
    ],
    [
      {},
      '${match()}',
      "Bad evaluation for '${match()}' in Service.Service: 1:3: match: expected 1 arguments, got 0",
    ],
    [
      {},
      '${match("a")}',
      `Bad evaluation for '\${match("a")}' in Service.Service: __builtin_StringToInt: strconv.ParseInt: parsing "a": invalid syntax`,
    ],
  ])('%j with %s', (options, service, why) => {
    expect(() => checkTemplate(template({ Service: service }, options))).toThrow(
      expect.objectContaining({ status: 500, message: `failed compiling template: ${why}` }),
    );
  });
});
