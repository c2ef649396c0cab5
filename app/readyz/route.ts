import { readReadiness } from '@/server/health/readiness'
import { db } from '@/server/lib/db'

export const dynamic = 'force-dynamic'

/** GET /readyz: 200 while database, migrations and keys are there, else 503; the body says which is not. */
export async function GET(): Promise<Response> {
  const readiness = await readReadiness({ db: db() })
  return Response.json(readiness, {
    status: readiness.ready ? 200 : 503,
    headers: { 'Cache-Control': 'no-store' },
  })
}
