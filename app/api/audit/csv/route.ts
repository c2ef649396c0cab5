import { TRPCError } from '@trpc/server'
import { getHTTPStatusCodeFromError } from '@trpc/server/http'
import { actionWords, detailWords } from '@/app/_lib/audit-words'
import { csvRows } from '@/app/_lib/csv'
import { type AuditEntryView, auditFilterSchema } from '@/server/audit/schema'
import { guard, refuse } from '@/server/edge/guard'
import { createCallerFactory } from '@/server/trpc/procedures'
import { createRequestContext } from '@/server/trpc/request-context'
import { appRouter } from '@/server/trpc/root'

export const dynamic = 'force-dynamic'

const createCaller = createCallerFactory(appRouter)
const rowsAtOnce = 1000

/** GET /api/audit/csv?who=…&what=…: everything the filter takes, all pages of it, written as it is read. */
export async function GET(request: Request): Promise<Response> {
  const refusal = guard(request)
  if (refusal !== null) return refusal
  const asked = auditFilterSchema.safeParse(Object.fromEntries(new URL(request.url).searchParams))
  if (!asked.success) return refuse(400, asked.error.issues[0]?.message ?? 'The filter is not valid.')
  const headers = new Headers({
    'Content-Type': 'text/csv; charset=utf-8',
    'Content-Disposition': 'attachment; filename="daxfleet-audit.csv"',
    'Cache-Control': 'no-store',
  })
  const caller = createCaller(await createRequestContext(request, headers))
  const read = (beforeId?: string) => caller.audit.list({ ...asked.data, beforeId, limit: rowsAtOnce })
  try {
    // The first page before the answer begins: a refusal must be one, not half a file.
    const { entries } = await read()
    return new Response(streamOf(textOf(entries, read)), { headers })
  } catch (error) {
    if (!(error instanceof TRPCError)) throw error
    return refuse(getHTTPStatusCodeFromError(error), error.message)
  }
}

/** Reads on only as fast as the browser takes it. */
function streamOf(parts: AsyncGenerator<string>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  return new ReadableStream({
    async pull(controller) {
      const { value, done } = await parts.next()
      if (done) controller.close()
      else controller.enqueue(encoder.encode(value))
    },
    async cancel() {
      await parts.return(undefined)
    },
  })
}

const header = ['id', 'time', 'who', 'action', 'what', 'on', 'details', 'address', 'client', 'token', 'json']

async function* textOf(
  first: readonly AuditEntryView[],
  read: (beforeId: string) => Promise<{ entries: readonly AuditEntryView[] }>,
): AsyncGenerator<string> {
  yield csvRows([header])
  for (let entries = first; ; ) {
    yield csvRows(entries.map(cellsOf))
    const last = entries.at(-1)
    if (last === undefined || entries.length < rowsAtOnce) return
    entries = (await read(last.id)).entries
  }
}

function cellsOf(entry: AuditEntryView): string[] {
  const { id, at, actorId, action, subjectKind, subjectId, place, detail } = entry
  const on = [place.host?.name, place.daxName, place.name].filter(Boolean).join(' ')
  const from = [entry.clientAddress, entry.userAgent, entry.tokenId].map((part) => part ?? '')
  const told = [on || `${subjectKind} ${subjectId}`, detailWords(detail), ...from, JSON.stringify(detail)]
  return [id, at.toISOString(), actorId, action, actionWords(action), ...told]
}
