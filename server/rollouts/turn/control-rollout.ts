import { Prisma } from '@/prisma/generated/client'
import { withdrawWaiting } from '@/server/approvals/withdraw'
import { recordAudit } from '@/server/audit/record'
import { Outbox } from '@/server/events/outbox'
import { recordEvent } from '@/server/events/record'
import { notFound } from '@/server/lib/domain-error'
import { enqueue } from '@/server/lib/queue'
import { type ServiceContext, transactionLimits } from '@/server/lib/service-context'
import { type Command, obey } from '../machine/commands'
import { isInFlight } from '../machine/states'
import { type LockedRollout, lockRollout } from '../rows/load'
import { createPostgresDesk } from '../rows/postgres-desk'
import type { RolloutVerbOutcome } from '../schema'
import { type Cancel, carryOut } from './carry-out'
import { runTurn } from './run-turn'

/**
 * Heeds an operator's word under the lock of the rollout, or says why it cannot be; a worker does the rest. An abort
 * waits for no worker: what is in flight is asked to stop before this answers.
 */
export async function controlRollout(
  ctx: Pick<ServiceContext, 'db' | 'pg' | 'actor'>,
  rolloutId: string,
  command: Command,
): Promise<RolloutVerbOutcome> {
  try {
    const answer = await ctx.db.$transaction(
      (tx) => heed(tx, ctx.actor, rolloutId, command),
      transactionLimits,
    )
    if (command.type === 'abort' && answer.type === 'done') await runTurn(ctx, rolloutId)
    return answer
  } catch (error) {
    if (error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2002') return taken
    throw error
  }
}

async function heed(
  tx: Prisma.TransactionClient,
  actor: ServiceContext['actor'],
  rolloutId: string,
  command: Command,
): Promise<RolloutVerbOutcome> {
  let locked: LockedRollout | null = await lockRollout(tx, rolloutId, 'whole')
  if (locked === null) throw notFound('rollout')
  const answer = obey(locked.rollout, command)
  if (answer.type === 'refused') return answer
  const inFlight = locked.rollout.hosts.filter(isInFlight).length
  const cancels: Cancel[] = []
  const outbox = new Outbox(actor)
  const desk = createPostgresDesk(tx, actor, outbox)
  for (const decision of answer.decisions) {
    locked = { ...locked, rollout: await carryOut(desk, locked, decision, cancels) }
  }
  await outbox.write(tx)
  if (command.type === 'abort') await withdrawWaiting(tx, actor, { rolloutId }, 'The rollout was discarded.')
  await recordAudit(tx, actor, `rollout.${auditNames[command.type]}`, 'rollout', rolloutId, { inFlight })
  await recordEvent(tx, 'rollout', rolloutId)
  await enqueue(tx, 'rollout', { rolloutId }, { jobKey: `rollout:${rolloutId}` })
  return { type: 'done', message: words(command, inFlight) }
}

const auditNames: Readonly<Record<Command['type'], string>> = {
  pause: 'pause_asked',
  resume: 'resume_asked',
  stop: 'stop_asked',
  abort: 'abort_asked',
  retryFailed: 'retry_asked',
  skip: 'skip_asked',
}

function words(command: Command, inFlight: number): string {
  const hosts = inFlight === 1 ? '1 host' : `${inFlight} hosts`
  const carryOn = inFlight === 0 ? 'None is in flight.' : `In flight: ${hosts}, which come to their end.`
  switch (command.type) {
    case 'pause':
      return `Paused. No further host begins. ${carryOn}`
    case 'stop':
      return `Stopping. No further host begins. ${carryOn}`
    case 'abort':
      return inFlight === 0
        ? 'Aborted. None is in flight.'
        : `Aborting. In flight: ${hosts}. What has written nothing is cancelled at once; the rest stops at its next safe point.`
    case 'resume':
      return 'Resumed. Failures there were are accepted; the limits count from here.'
    case 'retryFailed':
      return 'Those that failed wait for their turn again, under the plans that were approved.'
    case 'skip':
      return command.hostIds.length === 1
        ? '1 host is skipped.'
        : `${command.hostIds.length} hosts are skipped.`
  }
}

const taken: RolloutVerbOutcome = {
  type: 'refused',
  message: 'One of these devices is in another approved rollout by now.',
  next: 'Wait for its end, or skip the host here.',
}
