import { permissions } from '@/server/auth/permissions'
import { areaOf } from '@/server/auth/scopes'
import { problemCodes } from './problem'
import { inputSchemaOf, isMutation, outputSchemaOf } from './procedures'
import { type RestRoute, restRoutes } from './routes'
import type { WireSchema } from './wire'

type Document = Record<string, unknown>

let made: Document | undefined

/** OpenAPI 3.1 of everything below /api/v1, made from the procedures themselves. */
export function openApiDocument(): Document {
  made ??= makeDocument()
  return made
}

function makeDocument(): Document {
  const paths: Record<string, Record<string, unknown>> = {}
  for (const route of restRoutes) {
    const at = paths[route.path] ?? {}
    at[route.method.toLowerCase()] = operation(route)
    paths[route.path] = at
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Daxfleet',
      version: '1',
      description:
        'Converts device-dax memory to system RAM across a fleet. Bytes are decimal strings, moments ISO 8601 in UTC. Faults are problem+json with a stable code.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/api/v1' }],
    security: [{ token: [] }],
    paths,
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'Made in Settings, API tokens: dxf_…' },
      },
      schemas: { Problem: problemSchema },
      responses: {
        Problem: {
          description: 'It was not done.',
          content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
        },
      },
    },
  }
}

function operation(route: RestRoute): Document {
  const input = inputSchemaOf(route.procedure)
  const inPath = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name)
  const rest = Object.entries(input?.properties ?? {}).filter(([name]) => !inPath.includes(name))
  const required = (name: string) => input?.required?.includes(name) ?? false
  const hasBody = route.method === 'POST' || route.method === 'PATCH'
  const need = permissions[route.procedure]
  const scope = need?.type === 'right' ? `${areaOf(route.procedure)}:${need.right}` : ''
  return {
    operationId: route.procedure,
    summary: route.summary,
    description: `Needs the scope \`${scope}\`.`,
    tags: [areaOf(route.procedure)],
    parameters: [
      ...inPath.map((name) => parameter(name, 'path', true, input?.properties?.[name])),
      ...(hasBody ? [] : rest.map(([name, schema]) => parameter(name, 'query', required(name), schema))),
      ...(isMutation(route.procedure) ? [idempotencyKey] : []),
    ],
    ...(hasBody && rest.length > 0 ? { requestBody: requestBody(rest, required) } : {}),
    responses: {
      [route.status]: {
        description: route.status === 202 ? 'Asked for; a worker carries it out.' : 'Done.',
        content: { 'application/json': { schema: plain(outputSchemaOf(route.procedure)) } },
      },
      default: { $ref: '#/components/responses/Problem' },
    },
  }
}

function parameter(name: string, where: 'path' | 'query', required: boolean, schema: WireSchema | undefined) {
  return { name, in: where, required, schema: plain(schema ?? {}) }
}

const idempotencyKey = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description: 'The same key with the same request is answered the same, for a day, and done once.',
  schema: { type: 'string', minLength: 1, maxLength: 200 },
}

function requestBody(fields: [string, WireSchema][], isRequired: (name: string) => boolean): Document {
  const required = fields.map(([name]) => name).filter(isRequired)
  const properties = Object.fromEntries(fields.map(([name, schema]) => [name, plain(schema)]))
  const schema = { type: 'object', properties, required, additionalProperties: false }
  return { required: required.length > 0, content: { 'application/json': { schema } } }
}

/** Without what only our own reader needs. */
function plain(schema: WireSchema): unknown {
  return JSON.parse(
    JSON.stringify(schema, (key, value) => (key === '$comment' || key === '$schema' ? undefined : value)),
  )
}

const text = { type: 'string' }
const problemSchema = {
  type: 'object',
  required: ['type', 'title', 'status', 'code', 'detail', 'next', 'fields'],
  properties: {
    type: text,
    title: text,
    status: { type: 'integer' },
    code: { type: 'string', enum: Object.keys(problemCodes), description: 'Never changes its meaning.' },
    detail: { type: 'string', description: 'What happened, to what.' },
    next: { type: 'string', description: 'The one next action; empty when there is none.' },
    fields: {
      type: 'object',
      additionalProperties: text,
      description: 'The fault of each field of the input.',
    },
    outcome: { description: 'The outcome as the page would show it, where it is more than a sentence.' },
  },
}
