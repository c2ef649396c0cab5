import { initTRPC, TRPCError } from '@trpc/server'
import superjson from 'superjson'
import { refusalOf } from '@/server/auth/authorise'
import { actorOf } from '@/server/auth/principal'
import { DomainError } from '@/server/lib/domain-error'
import { hasUnstorableText, unstorableWords } from '@/server/lib/storable'
import type { RequestContext } from './context'
import { publicError, toTransportError } from './errors'

const t = initTRPC.context<RequestContext>().create({
  transformer: superjson,
  // Never stack traces to a browser, in development neither.
  isDev: false,
  errorFormatter({ shape, error }) {
    const { message, next, fields } = publicError(error)
    return { ...shape, message, data: { ...shape.data, next, fields } }
  },
  sse: {
    // A silent proxy or a sleeping laptop is noticed by the missing ping, and the browser connects again.
    ping: { enabled: true, intervalMs: 5_000 },
    client: { reconnectAfterInactivityMs: 15_000 },
    // The session is looked at again at every connect: a revoked one hears nothing after this.
    maxDurationMs: 5 * 60_000,
  },
})

export const router = t.router
export const createCallerFactory = t.createCallerFactory

const translatesErrors = t.middleware(async ({ next }) => {
  const result = await next()
  if (!result.ok) throw toTransportError(result.error)
  return result
})

/** The one place where it is decided who may call what: by the table in server/auth/permissions.ts. */
const goesByTheTable = t.middleware(({ ctx, path, next }) => {
  const refusal = refusalOf(path, ctx.user)
  if (refusal?.type === 'sign_in') throw new TRPCError({ code: 'UNAUTHORIZED', message: refusal.message })
  if (refusal !== null) throw new DomainError('forbidden', refusal.message, refusal.next)
  return next()
})

/** Once it is known who may call: what no table can keep is refused by name, not found out by the database. */
const takesStorableText = t.middleware(async ({ getRawInput, next }) => {
  if (hasUnstorableText(await getRawInput())) throw new DomainError('invalid', unstorableWords)
  return next()
})

/** For the few things that are there before anybody is signed in; the table names each of them. */
export const publicProcedure = t.procedure.use(translatesErrors).use(goesByTheTable).use(takesStorableText)

/** Everything else: only for somebody known. Services get `ctx` as it is. */
export const protectedProcedure = publicProcedure.use(({ ctx, next }) => {
  if (ctx.user === null) throw new TRPCError({ code: 'UNAUTHORIZED', message: 'Sign in first.' })
  return next({ ctx: { ...ctx, user: ctx.user, actor: actorOf(ctx.user, ctx.from) } })
})
