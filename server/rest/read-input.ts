import type { RestRoute } from './routes'
import { fromQuery, fromWire, type WireSchema } from './wire'

/** The procedure's input, or why there is none. */
export type ReadInput =
  | { type: 'input'; input: unknown }
  | { type: 'not json'; message: string }
  | { type: 'unknown fields'; fields: Record<string, string> }

/**
 * Puts together what a procedure is asked from path, query and body. A field that nobody knows is refused: a misspelt
 * filter would otherwise be no filter.
 */
export async function readInput(
  request: Request,
  route: RestRoute,
  params: Readonly<Record<string, string>>,
  schema: WireSchema | undefined,
): Promise<ReadInput> {
  const hasBody = route.method === 'POST' || route.method === 'PATCH'
  const query = queryOf(new URL(request.url), schema)
  const body = hasBody ? await bodyOf(request) : {}
  if (typeof body === 'string') return { type: 'not json', message: body }
  const fields: Record<string, string> = {}
  for (const name of [...Object.keys(query), ...Object.keys(body)]) {
    if (Object.hasOwn(params, name)) fields[name] = 'stands in the path'
    else if (!(schema?.properties && Object.hasOwn(schema.properties, name)))
      fields[name] = 'is not known here'
    else if (hasBody && Object.hasOwn(query, name)) fields[name] = 'belongs in the body'
  }
  if (Object.keys(fields).length > 0) return { type: 'unknown fields', fields }
  if (schema === undefined) return { type: 'input', input: undefined }
  return { type: 'input', input: { ...query, ...Object(fromWire(schema, body)), ...params } }
}

function queryOf(url: URL, schema: WireSchema | undefined): Record<string, unknown> {
  const names = [...new Set(url.searchParams.keys())]
  return Object.fromEntries(
    names.map((name) => {
      const property =
        schema?.properties && Object.hasOwn(schema.properties, name) ? schema.properties[name] : {}
      return [name, fromQuery(property ?? {}, url.searchParams.getAll(name))]
    }),
  )
}

/** An object, or what is wrong with the body. None at all is an empty one. */
async function bodyOf(request: Request): Promise<Record<string, unknown> | string> {
  if (Number(request.headers.get('content-length') ?? 0) === 0) return {}
  const [type = ''] = (request.headers.get('content-type') ?? '').split(';')
  if (type.trim().toLowerCase() !== 'application/json')
    return 'Send the body as Content-Type: application/json.'
  try {
    const body: unknown = await request.json()
    if (typeof body === 'object' && body !== null && !Array.isArray(body)) return { ...body }
  } catch {
    return 'The body cannot be read as JSON.'
  }
  return 'The body is to be a JSON object.'
}
