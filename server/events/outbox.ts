import type { Actor } from '@/server/audit/actor'
import type { AuditSink } from '@/server/audit/append'
import { type Deed, recordDeeds } from '@/server/audit/record'
import { enqueueAll, type QueueSink, type TaskName, type TaskPayloads } from '@/server/lib/queue'
import { type EventSink, recordEvents } from './record'
import type { FleetEvent } from './schema'

/**
 * What a transaction has to tell: the audit log, pages, workers. Gathered while it decides and written before it ends, in
 * a few statements however much it decided; so that it also holds a chain of the log only at its end.
 */
export class Outbox {
  private readonly deeds: Deed[] = []
  private readonly subjects = new Map<FleetEvent['topic'], Set<string>>()
  private readonly messages = new Map<TaskName, { payload: TaskPayloads[TaskName]; jobKey: string }[]>()

  /** Of one actor. */
  constructor(private readonly actor: Actor) {}

  audit(deed: Deed): void {
    this.deeds.push(deed)
  }

  event(topic: FleetEvent['topic'], subjectId: string): void {
    this.subjects.set(topic, (this.subjects.get(topic) ?? new Set()).add(subjectId))
  }

  /** Due at once; one that waits under this key is replaced. */
  wake<T extends TaskName>(task: T, payload: TaskPayloads[T], jobKey: string): void {
    this.messages.set(task, [...(this.messages.get(task) ?? []), { payload, jobKey }])
  }

  /** Writes all of it, once, in the transaction it is about. */
  async write(tx: AuditSink & EventSink & QueueSink): Promise<void> {
    await recordDeeds(tx, this.actor, this.deeds)
    for (const [topic, subjects] of this.subjects) await recordEvents(tx, topic, [...subjects])
    for (const [task, messages] of this.messages) await enqueueAll(tx, task, messages)
  }
}

/** `work` in a transaction that tells what `work` put into the outbox. */
export async function telling<T>(
  tx: AuditSink & EventSink & QueueSink,
  actor: Actor,
  work: (outbox: Outbox) => Promise<T>,
): Promise<T> {
  const outbox = new Outbox(actor)
  const result = await work(outbox)
  await outbox.write(tx)
  return result
}
