import { requestRefusal } from '@/server/edge/guard'
import { requestIdHeader } from '@/server/edge/request-id'
import { liveHub } from '@/server/events/live-hub'
import { db } from '@/server/lib/db'
import { pool } from '@/server/lib/pg'
import { faultText, webLog } from '@/server/lib/web-log'
import { answerRest } from '@/server/rest/answer'
import { openApiDocument } from '@/server/rest/openapi'
import { type ProblemCode, problem, type RestAnswer } from '@/server/rest/problem'

export const dynamic = 'force-dynamic'

const prefix = '/api/v1'
const codes: Record<number, ProblemCode> = {
  403: 'forbidden',
  411: 'length_required',
  413: 'too_large',
  421: 'misdirected',
}

async function handle(request: Request): Promise<Response> {
  const { status, type, body, headers } = await answer(request)
  return new Response(request.method === 'HEAD' ? null : body, {
    status,
    headers: { 'Content-Type': type, 'Cache-Control': 'no-store', ...headers },
  })
}

async function answer(request: Request): Promise<RestAnswer> {
  const refusal = requestRefusal(request)
  if (refusal !== null) return problem(codes[refusal.status] ?? 'forbidden', { detail: refusal.message })
  const path = new URL(request.url).pathname.slice(prefix.length)
  // The description of the API tells nothing of the fleet: tools may read it before they have a token.
  if (path === '/openapi.json' && (request.method === 'GET' || request.method === 'HEAD'))
    return { status: 200, type: 'application/json', body: JSON.stringify(openApiDocument()) }
  try {
    return await answerRest({ db: db(), pg: pool(), hub: liveHub() }, request, path)
  } catch (error) {
    webLog('error', `a fault in ${request.method} ${path}`, {
      requestId: request.headers.get(requestIdHeader),
      why: faultText(error),
    })
    return problem('internal', {
      detail: 'Something went wrong inside Daxfleet; nothing more is known here.',
    })
  }
}

export {
  handle as DELETE,
  handle as GET,
  handle as HEAD,
  handle as OPTIONS,
  handle as PATCH,
  handle as POST,
  handle as PUT,
}
