import type { Prisma } from '@/prisma/generated/client'
import { storableJson } from '@/server/hosts/untrusted'
import type { Actor } from './actor'
import { type AuditSink, appendEntries } from './append'
import { auditKeys } from './keys'
import type { AuditSubject } from './vocabulary'

/**
 * Writes who did what to what. `tx` is the transaction of the change itself, so that neither stands without the
 * other. `detail` must be JSON (bytes as decimal strings) and never holds a secret.
 */
export async function recordAudit(
  tx: AuditSink,
  actor: Actor,
  action: string,
  subjectKind: AuditSubject,
  subjectId: string,
  detail: Prisma.InputJsonObject = {},
): Promise<void> {
  await recordAudits(tx, actor, action, subjectKind, [{ id: subjectId, detail }])
}

/** As recordAudit, for many subjects: two statements, whatever their number. */
export async function recordAudits(
  tx: AuditSink,
  actor: Actor,
  action: string,
  subjectKind: AuditSubject,
  subjects: readonly { id: string; detail: Prisma.InputJsonObject }[],
): Promise<void> {
  await recordDeeds(
    tx,
    actor,
    subjects.map(({ id, detail }) => ({ action, subjectKind, subjectId: id, detail })),
  )
}

/** One thing that was done, to be told of in the audit log. */
export interface Deed {
  action: string
  subjectKind: AuditSubject
  subjectId: string
  detail: Prisma.InputJsonObject
}

/** As recordAudit, for many different things that one actor did: two statements, whatever their number. */
export async function recordDeeds(tx: AuditSink, actor: Actor, deeds: readonly Deed[]): Promise<void> {
  const { clientAddress = null, userAgent = null, tokenId = null } = actor.from ?? {}
  const entries = deeds.map((deed) => ({
    ...{ actorKind: actor.kind, actorId: actor.id, clientAddress, userAgent, tokenId },
    ...deed,
    // As it will be read back: without what JSON or Postgres has no form for, which hosts may send.
    detail: storableJson(deed.detail),
  }))
  await appendEntries(tx, auditKeys(), entries)
}
