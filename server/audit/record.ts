import type { Prisma } from '@/prisma/generated/client'
import type { Actor } from './actor'

export type AuditSubject =
  | 'host'
  | 'device'
  | 'credential'
  | 'plan'
  | 'job'
  | 'fleet'
  | 'user'
  | 'installation'
  | 'rollout'

/** A Prisma transaction, or a `pg` client inside one. */
export type AuditSink =
  | Pick<Prisma.TransactionClient, 'auditEntry'>
  | { query(text: string, values: unknown[]): Promise<unknown> }

const insert = `
  INSERT INTO "AuditEntry" ("actorKind", "actorId", action, "subjectKind", "subjectId", detail)
  VALUES ($1, $2, $3, $4, $5, $6)`

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
  if ('query' in tx) {
    await tx.query(insert, [actor.kind, actor.id, action, subjectKind, subjectId, JSON.stringify(detail)])
    return
  }
  await tx.auditEntry.create({
    data: { actorKind: actor.kind, actorId: actor.id, action, subjectKind, subjectId, detail },
  })
}

/** As recordAudit, for many subjects in one statement. */
export async function recordAudits(
  tx: Pick<Prisma.TransactionClient, 'auditEntry'>,
  actor: Actor,
  action: string,
  subjectKind: AuditSubject,
  subjects: readonly { id: string; detail: Prisma.InputJsonObject }[],
): Promise<void> {
  await tx.auditEntry.createMany({
    data: subjects.map(({ id, detail }) => ({
      actorKind: actor.kind,
      actorId: actor.id,
      action,
      subjectKind,
      subjectId: id,
      detail,
    })),
  })
}
