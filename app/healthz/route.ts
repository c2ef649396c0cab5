export const dynamic = 'force-dynamic'

/** GET /healthz: this process lives and answers. Nothing else is looked at: a restart would mend nothing else. */
export function GET(): Response {
  return Response.json({ alive: true }, { headers: { 'Cache-Control': 'no-store' } })
}
