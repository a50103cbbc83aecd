/**
 * JSON Schema of what a body may be, from the shape that reads it: the document cannot promise what is not read. Each
 * struct is a component of its own, named as Go names it.
 */
import { duration, type Fields, type Kind, type Struct } from '../shared/definition/shape.ts';

export type Schema = Record<string, unknown>;

const scalars: Record<string, Schema> = {
  string: { type: 'string' },
  bool: { type: 'boolean' },
  int: { type: 'integer' },
  uint64: { type: 'integer', minimum: 0 },
  '[]uint8': { type: 'string', contentEncoding: 'base64' },
  'map[string]interface {}': { type: 'object' },
  'interface {}': {},
};

const durationSchema: Schema = {
  type: ['string', 'number'],
  description: 'A Go duration like "10s", or a number of nanoseconds.',
};

/** The schema of `kind`; the structs in it are put into `components`. */
export function schemaOf(kind: Kind<unknown>, components: Map<string, Schema>): Schema {
  if (kind === (duration as Kind<unknown>)) return durationSchema;
  if (isStruct(kind)) return structSchema(kind, components);
  if (kind.items) return { type: 'array', items: schemaOf(kind.items, components) };
  if (kind.values) return { type: 'object', additionalProperties: schemaOf(kind.values, components) };
  // A name that Go gives to a string.
  return scalars[kind.goType] ?? { type: 'string' };
}

const isStruct = (kind: Kind<unknown>): kind is Struct<Fields> => 'fields' in kind;

function structSchema(struct: Struct<Fields>, components: Map<string, Schema>): Schema {
  const name = componentName(struct, components);
  if (!components.has(name)) {
    components.set(name, {});
    components.set(name, {
      type: 'object',
      description: 'Keys are found in any letter case.',
      properties: Object.fromEntries(
        Object.entries(struct.fields).map(([field, kind]) => [field, schemaOf(kind, components)]),
      ),
      ...(struct.open ? {} : { additionalProperties: false }),
    });
    structOf.set(components.get(name)!, struct);
  }
  return { $ref: `#/components/schemas/${name}` };
}

/** Which struct a component stands for: two of the same name differ, for the catalog and the agent. */
const structOf = new WeakMap<Schema, Struct<Fields>>();

function componentName({ goType, ...rest }: Struct<Fields>, components: Map<string, Schema>): string {
  const plain = goType.startsWith('struct ') ? 'SessionRequest' : goType.slice(goType.indexOf('.') + 1);
  for (let i = 1; ; i += 1) {
    const name = i === 1 ? plain : `${plain}${i}`;
    const known = components.get(name);
    if (!known || structOf.get(known)?.fields === rest.fields) return name;
  }
}
