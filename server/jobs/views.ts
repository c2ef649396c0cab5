import type { JournalLine } from '@/agents/protocol'
import type { Prisma } from '@/prisma/generated/client'
import { config } from '@/server/lib/config'
import { notFound } from '@/server/lib/domain-error'
import type { ServiceContext } from '@/server/lib/service-context'
import { planKindOf } from '@/server/plans/vocabulary'
import { readAttendance } from './attendance'
import { outcomeOf } from './last-attempt'
import { type JobDetail, type JobRow, jobDetailSchema, jobRowSchema } from './schema'
import { deriveTimeline } from './timeline'
import { isEnded } from './transitions'

type Ctx = Pick<ServiceContext, 'db'>

const rowParts = {
  host: { select: { name: true } },
  device: { select: { daxName: true } },
} satisfies Prisma.JobInclude
type JobWithParts = Prisma.JobGetPayload<{ include: typeof rowParts }>

const toRow = (job: JobWithParts) => ({
  ...job,
  hostName: job.host.name,
  daxName: job.device.daxName,
  endsLostAt: endsLostAt(job),
  stuck: job.stuckSince === null ? null : { since: job.stuckSince, write: job.stuckWrite },
})

function endsLostAt({ state, unknownSince }: JobWithParts): Date | null {
  if (state !== 'unknown' || unknownSince === null) return null
  return new Date(unknownSince.getTime() + config().unknownDeadlineSeconds * 1000)
}

/** Jobs, newest first; of one host or of all. */
export async function listJobs(
  ctx: Ctx,
  { hostId, limit }: { hostId?: string | undefined; limit: number },
): Promise<{ jobs: JobRow[] }> {
  const jobs = await ctx.db.job.findMany({
    where: hostId === undefined ? {} : { hostId },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    take: limit,
    include: rowParts,
  })
  return { jobs: jobs.map((job) => jobRowSchema.parse(toRow(job))) }
}

/** One job with its timeline, derived from the host's journal as far as it has arrived. */
export async function getJob(ctx: Pick<ServiceContext, 'db' | 'pg'>, jobId: string): Promise<JobDetail> {
  const job = await ctx.db.job.findUnique({
    where: { id: jobId },
    include: { ...rowParts, steps: true, lines: { orderBy: { number: 'asc' } } },
  })
  if (job === null) throw notFound('job')
  // Written by the worker alone, from lines the agent's client has parsed.
  const lines = job.lines.map(({ line, receivedAt }) => ({
    line: line as unknown as JournalLine,
    receivedAt,
  }))
  // Of a lost job the journal may go on where nobody has read it: a step without an end need not have failed.
  const { steps, writes } = deriveTimeline(lines, isEnded(job.state) && job.state !== 'lost', planKindOf(job))
  const outcome = outcomeOf(lines.map(({ line }) => line))
  return jobDetailSchema.parse({
    ...toRow(job),
    // The server's own steps stand in rows, the host's in its journal.
    steps: [...job.steps, ...steps].toSorted((a, b) => a.position - b.position),
    writes,
    blocksAfter: outcome?.readBack?.blocks ?? null,
    attendance: await readAttendance(ctx.pg, jobId, config().hostLeaseSeconds),
  })
}
