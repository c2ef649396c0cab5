import { eventSchema, type FleetEvent } from './schema'

/** Postgres channel on which every process hears of events; payloads are ids only (8000 bytes is the limit). */
export const EVENTS_CHANNEL = 'daxfleet_events'

/** `<id>:<topic>:<subjectId>`, as recordEvent sends it; null for anything else on the channel. */
export function parseNotification(payload: string | undefined): FleetEvent | null {
  const [id, topic, ...subject] = (payload ?? '').split(':')
  const event = eventSchema.safeParse({ id, topic, subjectId: subject.join(':') })
  return event.success && /^\d+$/.test(event.data.id) ? event.data : null
}
