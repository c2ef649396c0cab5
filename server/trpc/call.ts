import { TRPCError } from '@trpc/server'
import type { RequestContext } from './context'
import { incidentOf, type PublicError, publicError } from './errors'
import { createCallerFactory } from './procedures'
import { appRouter } from './root'

const createCaller = createCallerFactory(appRouter)

/** How a call ended, in words that are no transport's. */
export type CallOutcome =
  | { ok: true; data: unknown }
  | { ok: false; code: string; error: PublicError; incident: { id: string; cause: unknown } | null }

const codes: Partial<Record<TRPCError['code'], string>> = {
  UNAUTHORIZED: 'unauthenticated',
  FORBIDDEN: 'forbidden',
  BAD_REQUEST: 'invalid',
  NOT_FOUND: 'not_found',
  CONFLICT: 'conflict',
  TOO_MANY_REQUESTS: 'too_many',
  SERVICE_UNAVAILABLE: 'unavailable',
}

/** Calls the procedure at `path` as the pages do: the same middleware, the same schemas, the same service. */
export async function callProcedure(
  ctx: RequestContext,
  path: string,
  input: unknown,
  signal: AbortSignal,
): Promise<CallOutcome> {
  let target: unknown = createCaller(ctx, { signal })
  for (const part of path.split('.')) target = Reflect.get(Object(target), part)
  if (typeof target !== 'function') throw new Error(`${path} is no procedure`)
  try {
    return { ok: true, data: await target(input) }
  } catch (cause) {
    const error = cause instanceof TRPCError ? cause : new TRPCError({ code: 'INTERNAL_SERVER_ERROR', cause })
    const code = codes[error.code] ?? 'internal'
    const incident = code === 'internal' ? { id: incidentOf(error), cause: error.cause ?? error } : null
    return { ok: false, code, error: publicError(error), incident }
  }
}
