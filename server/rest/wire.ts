import { z } from 'zod'

/** A JSON schema as z.toJSONSchema makes them: what of it is looked at here. */
export interface WireSchema {
  type?: string
  properties?: Record<string, WireSchema>
  required?: string[]
  items?: WireSchema
  anyOf?: WireSchema[]
  oneOf?: WireSchema[]
  additionalProperties?: boolean | WireSchema
  $comment?: string
  [keyword: string]: unknown
}

/**
 * What JSON has no word for goes as text: bytes as decimal strings, which no reader rounds, and moments in ISO 8601. The
 * comment tells `fromWire` what the text stands for.
 */
export function wireSchema(schema: z.ZodType, io: 'input' | 'output'): WireSchema {
  return z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      const { type } = zodSchema._zod.def
      if (type === 'bigint')
        Object.assign(jsonSchema, { type: 'string', pattern: '^-?[0-9]+$', $comment: 'bigint' })
      if (type === 'date')
        Object.assign(jsonSchema, { type: 'string', format: 'date-time', $comment: 'date' })
    },
  }) as WireSchema
}

/** A value that came as JSON, with text turned into what the schema means by it; what does not fit stays as it is. */
export function fromWire(schema: WireSchema | undefined, value: unknown): unknown {
  if (schema === undefined || value === null) return value
  if (typeof value === 'string') return fromText(schema, value)
  if (Array.isArray(value)) return value.map((each) => fromWire(itemsOf(schema), each))
  if (typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, fromWire(propertyOf(schema, key), each)]),
  )
}

/** What stands in an address is text: `values` of one parameter as what the schema asks for. */
export function fromQuery(schema: WireSchema, values: readonly string[]): unknown {
  const [value = ''] = values
  const kinds = alternatives(schema)
  const array = kinds.find(({ type }) => type === 'array')
  if (array) return values.map((each) => fromQuery(array.items ?? {}, [each]))
  const types = kinds.map(({ type }) => type)
  const isNumber = types.includes('integer') || types.includes('number')
  if (isNumber && /^-?\d{1,15}(\.\d{1,15})?$/.test(value)) return Number(value)
  if (types.includes('boolean') && (value === 'true' || value === 'false')) return value === 'true'
  return fromText(schema, value)
}

/** JSON of an answer. */
export function toWire(value: unknown): string {
  return JSON.stringify(value, (_key, each) => (typeof each === 'bigint' ? each.toString() : each))
}

function fromText(schema: WireSchema, text: string): unknown {
  const meant = alternatives(schema).map(({ $comment }) => $comment)
  if (meant.includes('bigint') && /^-?\d{1,30}$/.test(text)) return BigInt(text)
  if (meant.includes('date') && /^\d{4}-\d\d-\d\dT[\d:.]{5,18}(Z|[+-]\d\d:\d\d)$/.test(text))
    return new Date(text)
  return text
}

/** The schema itself, or what it is one of. */
export function alternatives(schema: WireSchema): WireSchema[] {
  const among = schema.anyOf ?? schema.oneOf
  return among === undefined ? [schema] : among.flatMap(alternatives)
}

function itemsOf(schema: WireSchema): WireSchema | undefined {
  return alternatives(schema).find(({ items }) => items !== undefined)?.items
}

function propertyOf(schema: WireSchema, key: string): WireSchema | undefined {
  for (const { properties, additionalProperties } of alternatives(schema)) {
    if (properties && Object.hasOwn(properties, key)) return properties[key]
    if (typeof additionalProperties === 'object') return additionalProperties
  }
  return undefined
}
