import { Prisma } from '@/prisma/generated/client'
import { recordEvent } from '@/server/events/record'
import { type ServiceContext, transactionLimits } from '@/server/lib/service-context'
import type { ContactError, HostKey } from '@/server/ssh/target'
import { stateAfterContactError } from './contact-state'
import { markAfter } from './request-probe'
import { lockHost, moveHost } from './transitions'
import { storableText } from './untrusted'

type Ctx = Pick<ServiceContext, 'db' | 'actor'>

/**
 * Writes down that contact failed, and how; a key nobody has reviewed becomes one that waits for review. `answers` is
 * the host's mark for a probe as it was when contact began.
 */
export async function recordContactError(
  ctx: Ctx,
  hostId: string,
  error: ContactError,
  answers: Date | null = null,
): Promise<void> {
  await ctx.db.$transaction(async (tx) => {
    const host = await lockHost(tx, hostId)
    if (host === null) return
    const isRejected = error.shownKey !== null && (await recordShownKey(tx, hostId, error.shownKey))
    const state = stateAfterContactError(host.state, error.kind)
    // What stays as it was keeps its words: quarantine ends with a fencing probe.
    const keepsWords = state === host.state && (state === 'quarantined' || state === 'foreign')
    const fault = isRejected
      ? { message: rejectedMessage(host.name, error), next: rejectedNext }
      : { message: storableText(error.message), next: storableText(error.next) }
    const to = keepsWords ? { state, message: host.stateMessage, next: host.stateNext } : { state, ...fault }
    await moveHost(tx, ctx.actor, host, to, {
      ...failedContact(fault),
      probeRequestedAt: markAfter(host, answers),
      // Asked for again by the sweep while it is due; an adoption is a person's to repeat.
      fenceRequestedAt: null,
      adoptFrom: Prisma.DbNull,
    })
  }, transactionLimits)
}

/** That a host is away while it is asked what became of a run: its state is the run's to tell. */
export async function recordUnreached(ctx: Ctx, hostId: string, error: ContactError): Promise<void> {
  const fault = { message: storableText(error.message), next: storableText(error.next) }
  await ctx.db.$transaction(async (tx) => {
    await tx.host.updateMany({ where: { id: hostId }, data: failedContact(fault) })
    await recordEvent(tx, 'host', hostId)
  }, transactionLimits)
}

function failedContact({ message, next }: { message: string; next: string }) {
  return { contactFailedAt: new Date(), contactMessage: message, contactNext: next }
}

/** A changed key keeps both fingerprints in its sentence; a first contact is none any more. */
function rejectedMessage(name: string, error: ContactError): string {
  return error.kind === 'key_changed'
    ? `${storableText(error.message)} It was rejected before.`
    : `${name} shows a key that was rejected: ${error.shownKey?.fingerprint}.`
}

const rejectedNext =
  'Find out who answers at this address; if it is the right host after all, trust its key on the Access tab.'

/** True when it is a key somebody rejected. */
async function recordShownKey(tx: Prisma.TransactionClient, hostId: string, key: HostKey): Promise<boolean> {
  const { algorithm, publicKey, fingerprint } = key
  const shown = await tx.hostKey.upsert({
    where: { hostId_fingerprint: { hostId, fingerprint } },
    create: { hostId, algorithm, publicKey, fingerprint },
    update: { lastSeenAt: new Date() },
  })
  // A key that was replaced and comes back is a question again; a rejected one stays rejected until someone decides.
  if (shown.status === 'superseded')
    await tx.hostKey.update({ where: { id: shown.id }, data: { status: 'pending' } })
  return shown.status === 'rejected'
}
