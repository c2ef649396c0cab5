import { auth } from '@/server/auth/auth'
import { readSession } from '@/server/auth/session'
import { originOf } from '@/server/edge/origin-of'
import { liveHub } from '@/server/events/live-hub'
import { db } from '@/server/lib/db'
import { pool } from '@/server/lib/pg'
import type { RequestContext } from './context'

/** The context of one HTTP request; cookies that keep its session alive are put on `responseHeaders`. */
export async function createRequestContext(
  request: Request,
  responseHeaders: Headers,
): Promise<RequestContext> {
  const sources = { auth: auth(), db: db() }
  const { user, cookies } = await readSession(sources, request.headers)
  for (const cookie of cookies) responseHeaders.append('set-cookie', cookie)
  return {
    ...{ db: db(), pg: pool(), hub: liveHub(), user, from: originOf(request.headers) },
    isStillSignedIn: async () => (await readSession(sources, request.headers)).user !== null,
  }
}
