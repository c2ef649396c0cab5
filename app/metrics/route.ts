import { refusalOf } from '@/server/auth/authorise'
import { guard, refuse } from '@/server/edge/guard'
import { db } from '@/server/lib/db'
import { pool } from '@/server/lib/pg'
import { EXPOSITION_TYPE } from '@/server/metrics/exposition'
import { renderMetrics } from '@/server/metrics/service'
import { authenticateToken } from '@/server/tokens/authenticate'

export const dynamic = 'force-dynamic'

/** For Prometheus: `Authorization: Bearer` with a token of the scope `metrics:view`. A session's cookie is not looked at. */
export async function GET(request: Request): Promise<Response> {
  const refused = guard(request)
  if (refused !== null) return refused
  const who = await authenticateToken({ db: db() }, request.headers.get('authorization'))
  if (who === null)
    return refuse(
      401,
      'Send Authorization: Bearer dxf_…, a token with metrics:view made in Settings, API tokens.',
    )
  const refusal = refusalOf('/metrics', who)
  if (refusal !== null) return refuse(403, `${refusal.message} ${refusal.next}`.trim())
  const perHost = new URL(request.url).searchParams.get('hosts') === 'yes'
  const text = await renderMetrics(pool(), { perHost })
  return new Response(text, { headers: { 'Content-Type': EXPOSITION_TYPE, 'Cache-Control': 'no-store' } })
}
