import { createHash } from 'node:crypto'
import canonicalize from 'canonicalize'
import { AttemptLimiter } from '@/server/auth/attempts'
import { refusalOf } from '@/server/auth/authorise'
import type { Principal } from '@/server/auth/principal'
import { originOf } from '@/server/edge/origin-of'
import { hasUnstorableText, unstorableWords } from '@/server/lib/storable'
import { faultText, webLog } from '@/server/lib/web-log'
import { authenticateToken } from '@/server/tokens/authenticate'
import { type CallOutcome, callProcedure } from '@/server/trpc/call'
import type { RequestContext } from '@/server/trpc/context'
import { claimKey, keepAnswer, keyShape } from './kept-answers'
import { matchRoute } from './match'
import { type ProblemParts, problem, problemCode, type RestAnswer } from './problem'
import { inputSchemaOf, isMutation } from './procedures'
import { readInput } from './read-input'
import type { RestRoute } from './routes'
import { toWire } from './wire'

/** Far above what a program needs that waits for something, far below what hurts. */
const limiter = new AttemptLimiter({ attempts: 1200, windowMs: 60_000, accounts: 10_000 })

/** Answers a request to `path` below /api/v1. Who asks comes from the token alone: cookies are not looked at. */
export async function answerRest(
  ctx: Omit<RequestContext, 'user'>,
  request: Request,
  path: string,
): Promise<RestAnswer> {
  const match = matchRoute(request.method, path)
  if (match.type === 'not readable')
    return problem('invalid', { detail: 'The address cannot be read: a % stands alone.' })
  const user = await authenticateToken(ctx, request.headers.get('authorization'))
  if (user === null || user.via.type !== 'token')
    return problem(
      'unauthenticated',
      {
        detail: 'The request has no token that is valid now.',
        next: 'Send Authorization: Bearer dxf_…; tokens are made in Settings, API tokens.',
      },
      { 'WWW-Authenticate': 'Bearer realm="daxfleet"' },
    )
  const { tokenId } = user.via
  if (!limiter.allow(tokenId))
    return problem(
      'too_many',
      { detail: 'This token asks more than 1200 times a minute.', next: 'Wait a minute.' },
      { 'Retry-After': '60' },
    )
  if (match.type === 'nothing')
    return problem('not_found', {
      detail: `There is no ${path}.`,
      next: 'See /api/v1/openapi.json for what there is.',
    })
  if (match.type === 'other methods') {
    const allowed = match.allowed.join(', ')
    return problem('method_not_allowed', { detail: `${path} takes ${allowed}.` }, { Allow: allowed })
  }
  const { route, params } = match
  const refusal = refusalOf(route.procedure, user)
  if (refusal !== null) {
    webLog('warn', 'refused', { user: user.email, token: user.via.name, procedure: route.procedure })
    return problem('forbidden', { detail: refusal.message, next: refusal.next })
  }
  const read = await readInput(request, route, params, inputSchemaOf(route.procedure))
  if (read.type === 'not json') return problem('not_json', { detail: read.message })
  if (read.type === 'unknown fields') return problem('invalid', unknownFields(read.fields))
  if (hasUnstorableText(read.input)) return problem('invalid', { detail: unstorableWords })
  const carryOut = () =>
    carryOutRoute({ ...ctx, user, from: originOf(request.headers) }, route, read.input, request.signal)
  const key = request.headers.get('idempotency-key')
  if (key === null || !isMutation(route.procedure)) return carryOut()
  return once(ctx, { tokenId, key, requestHash: hashOf(route, read.input) }, carryOut)
}

async function carryOutRoute(
  ctx: RequestContext & { user: Principal },
  route: RestRoute,
  input: unknown,
  signal: AbortSignal,
): Promise<RestAnswer> {
  const outcome = await callProcedure(ctx, route.procedure, input, signal)
  if (!outcome.ok) return failed(route, outcome)
  const { data } = outcome
  if (isMutation(route.procedure)) {
    const no = unfavourable(data)
    if (no !== null) return no
  }
  return { status: route.status, type: 'application/json', body: toWire(data ?? null) }
}

/** A verb's "no" is no success to a program: it gets a status that `curl --fail` hears. */
function unfavourable(data: unknown): RestAnswer | null {
  if (typeof data !== 'object' || data === null || !('type' in data)) return null
  const text = (key: string) => {
    const value: unknown = Reflect.get(data, key)
    return typeof value === 'string' ? value : ''
  }
  if (data.type === 'refused')
    return problem('refused', { detail: text('message'), next: text('next'), outcome: data })
  if (data.type === 'conflicts')
    return problem('conflict', { detail: 'Nothing was saved: see outcome.', outcome: data })
  if (data.type === 'fault')
    return problem('invalid', { detail: 'Nothing was saved: see outcome.', outcome: data })
  return null
}

function failed(route: RestRoute, { code, error, incident }: CallOutcome & { ok: false }): RestAnswer {
  if (incident !== null)
    webLog('error', `incident ${incident.id} in ${route.procedure}`, { why: faultText(incident.cause) })
  const { message, next, fields } = error
  return problem(problemCode(code), { detail: message, next, fields })
}

function unknownFields(fields: Record<string, string>): ProblemParts {
  const [name = '', fault = ''] = Object.entries(fields)[0] ?? []
  return { detail: `${name} ${fault}.`, next: 'See /api/v1/openapi.json for what there is.', fields }
}

/** Carries out what comes with a key once; whoever sends the same again hears the same. */
async function once(
  ctx: Omit<RequestContext, 'user'>,
  claim: { tokenId: string; key: string; requestHash: string },
  carryOut: () => Promise<RestAnswer>,
): Promise<RestAnswer> {
  if (!keyShape.test(claim.key))
    return problem('invalid', {
      detail: 'An Idempotency-Key is 1 to 200 printable characters without spaces.',
    })
  const claimed = await claimKey(ctx, claim)
  if (claimed.type === 'other request')
    return problem('idempotency_key_reused', {
      detail: 'This Idempotency-Key came with another request before.',
      next: 'Take a new key for a new request.',
    })
  if (claimed.type === 'in progress')
    return problem(
      'idempotency_in_progress',
      {
        detail: 'A request with this Idempotency-Key is being carried out, or was cut off while it was.',
        next: 'Ask again in a moment; if it stays so, look whether it was done before you take a new key.',
      },
      { 'Retry-After': '1' },
    )
  if (claimed.type === 'answered') {
    const { status, body } = claimed
    const type = status < 400 ? 'application/json' : 'application/problem+json'
    return { status, type, body, headers: { 'Idempotency-Replayed': 'true' } }
  }
  const answer = await carryOut()
  await keepAnswer(ctx, claim, answer)
  return answer
}

function hashOf({ procedure }: RestRoute, input: unknown): string {
  // By way of text: bigint and dates have no canonical form of their own.
  const text = canonicalize({ procedure, input: JSON.parse(toWire(input ?? null)) }) ?? ''
  return createHash('sha256').update(text).digest('hex')
}
