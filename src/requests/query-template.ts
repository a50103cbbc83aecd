/**
 * Prepared queries that stand for all names with a prefix: each text under `Service` may be made from the name that was
 * asked for.
 *
 * Source: https://developer.hashicorp.com/consul/api-docs/query#template.
 */
import { ApiError } from '../shared/api-error.ts';
import { compileGroups } from '../shared/filter/regexp/captures.ts';
import { RegexpFault } from '../shared/filter/regexp/syntax.ts';
import { filterStepsMax } from '../shared/limits.ts';
import { InterpolationFault, interpolate, type Scope } from './interpolation.ts';
import type { NewQuery, PreparedQuery, QueryService } from './prepared-query.ts';

const templateType = 'name_prefix_match';

export const isTemplate = ({ Template }: Pick<NewQuery, 'Template'>): boolean => Template.Type !== '';

/** @throws {ApiError} 500 "failed compiling template: …". */
export function checkTemplate(query: NewQuery): void {
  if (!isTemplate(query)) return;
  if (query.Template.Type !== templateType) throw failed(`Bad Template.Type '${query.Template.Type}'`);
  renderService(query, query.Name);
}

/** The query that this template is for `name`, which begins with the name of the template. @throws {ApiError} */
export function renderTemplate(query: PreparedQuery, name: string): PreparedQuery {
  return { ...query, Service: renderService(query, name) };
}

function renderService({ Name, Template, Service }: NewQuery, name: string): QueryService {
  const groups = matchedGroups(Template.Regexp, name);
  const scope: Scope = {
    variables: {
      'name.full': name,
      'name.prefix': Name,
      'name.suffix': name.slice(Name.length),
      // Segments of the network are no part of this.
      'agent.segment': '',
    },
    functions: { match: (group) => groups[group] ?? '' },
  };
  const rendered = mapTexts(Service, 'Service', (text, path) =>
    renderText(text, path, scope),
  ) as QueryService;
  const { Tags } = rendered;
  return Template.RemoveEmptyTags && Tags
    ? { ...rendered, Tags: Tags.filter((tag) => tag !== '') }
    : rendered;
}

function matchedGroups(regexp: string, name: string): string[] {
  if (regexp === '') return [];
  try {
    return compileGroups(regexp)(name, { steps: filterStepsMax }) ?? [];
  } catch (error) {
    if (!(error instanceof RegexpFault)) throw error;
    throw failed(`Bad Regexp: error parsing regexp: ${error.message}`);
  }
}

function renderText(text: string, path: string, scope: Scope): string {
  try {
    return interpolate(text, scope);
  } catch (error) {
    if (!(error instanceof InterpolationFault)) throw error;
    const what = error.kind === 'format' ? 'format' : 'evaluation for';
    throw failed(`Bad ${what} '${text}' in ${path}: ${error.message}`);
  }
}

/** A copy in which each text, at any depth, is what `render` makes of it. */
function mapTexts(value: unknown, path: string, render: (text: string, path: string) => string): unknown {
  if (typeof value === 'string') return render(value, path);
  if (Array.isArray(value)) return value.map((item, i) => mapTexts(item, `${path}[${i}]`, render));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key, mapTexts(member, `${path}.${key}`, render)]),
  );
}

const failed = (why: string) => new ApiError(500, `failed compiling template: ${why}`);
