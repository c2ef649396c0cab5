import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { EventHub } from '@/server/events/hub'
import { recordEvent } from '@/server/events/record'
import { type FleetEvent, RESYNC } from '@/server/events/schema'
import { streamEvents } from '@/server/events/stream'
import { createTestStage, type TestStage } from '@/test/support/caller'

let stage: TestStage
const listeners: AbortController[] = []
beforeAll(async () => {
  stage = await createTestStage()
})
afterEach(() => {
  for (const listener of listeners.splice(0)) listener.abort()
})
afterAll(() => stage.close())

/** A browser that listens: what it heard so far, and a way to leave. */
function listen(lastEventId?: string) {
  const controller = new AbortController()
  listeners.push(controller)
  const heard: FleetEvent[] = []
  const ended = (async () => {
    for await (const event of streamEvents(stage, lastEventId, controller.signal)) heard.push(event)
  })()
  return {
    heard,
    subjects: () => heard.map((event) => event.subjectId),
    leave: async () => {
      controller.abort()
      await ended
    },
  }
}

const within = { timeout: 10_000, interval: 20 }
const tell = (subjectId: string) => stage.db.$transaction((tx) => recordEvent(tx, 'host', subjectId))
const lastId = async () => (await stage.db.event.findFirstOrThrow({ orderBy: { id: 'desc' } })).id.toString()

describe('the live stream', () => {
  it('begins by asking a new page to read everything, then tells what happens', async () => {
    const page = listen()
    await vi.waitFor(() => expect(page.subjects()).toEqual([RESYNC]), within)
    await tell('a')
    await tell('b')
    await vi.waitFor(() => expect(page.subjects()).toEqual([RESYNC, 'a', 'b']), within)
  })

  it('tells nothing of what was rolled back', async () => {
    const page = listen()
    await vi.waitFor(() => expect(page.heard.length).toBe(1), within)
    await stage.db
      .$transaction(async (tx) => {
        await recordEvent(tx, 'host', 'undone')
        throw new Error('changed my mind')
      })
      .catch(() => undefined)
    await tell('done')
    await vi.waitFor(() => expect(page.subjects()).toEqual([RESYNC, 'done']), within)
  })

  it('takes events from a plain pg transaction too', async () => {
    const page = listen()
    await vi.waitFor(() => expect(page.heard.length).toBe(1), within)
    await recordEvent(stage.pg, 'job', 'from-pg')
    await vi.waitFor(
      () => expect(page.heard[1]).toMatchObject({ topic: 'job', subjectId: 'from-pg' }),
      within,
    )
  })

  it('ends at once, and is no fault, where a tab comes while the server is ending', async () => {
    const hub = new EventHub('postgresql://127.0.0.1:1/none')
    await hub.close()
    const heard: FleetEvent[] = []
    const { signal } = new AbortController()
    for await (const event of streamEvents({ hub, pg: stage.pg }, undefined, signal)) heard.push(event)
    expect(heard).toEqual([])
  })

  it('makes up for what was missed between two connections', async () => {
    await tell('before')
    const id = await lastId()
    await tell('missed')
    const page = listen(id)
    await vi.waitFor(() => expect(page.subjects()).toContain('missed'), within)
    expect(page.subjects()).not.toContain(RESYNC)
  })

  it('tells again what a slow transaction committed under a lower id', async () => {
    await tell('high')
    const id = await lastId()
    await stage.db.$executeRaw`UPDATE "Event" SET id = -1 WHERE id = ${BigInt(id)} - 1`
    const page = listen(id)
    await vi.waitFor(() => expect(page.heard.map((event) => event.id)).toContain('-1'), within)
  })

  it('asks to read everything after an id that was pruned', async () => {
    await tell('kept')
    const id = await lastId()
    await stage.db.event.deleteMany()
    const page = listen(id)
    await vi.waitFor(() => expect(page.subjects()).toEqual([RESYNC]), within)
  })

  it('misses nothing that happens while it connects', async () => {
    await tell('start')
    const id = await lastId()
    const page = listen(id)
    const subjects = Array.from({ length: 50 }, (_, n) => `while-${n}`)
    for (const subject of subjects) await tell(subject)
    await vi.waitFor(() => expect(page.subjects()).toEqual(expect.arrayContaining(subjects)), within)
  })

  it('connects again when Postgres cut the line, and asks to read everything', async () => {
    const page = listen()
    await vi.waitFor(() => expect(page.heard.length).toBe(1), within)
    await stage.pg.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE application_name = 'daxfleet events' AND datname = current_database()`,
    )
    await vi.waitFor(() => expect(page.subjects()).toEqual([RESYNC, RESYNC]), within)
    await tell('after')
    await vi.waitFor(() => expect(page.subjects()).toContain('after'), within)
  })

  it('asks a page that does not keep up to read everything, instead of remembering without end', async () => {
    const controller = new AbortController()
    const stream = streamEvents(stage, undefined, controller.signal)
    await stream.next()
    const subjects = Array.from({ length: 1500 }, (_, n) => `flood-${n}`)
    await stage.pg.query(
      `WITH e AS (INSERT INTO "Event" (topic, "subjectId") SELECT 'host', unnest($1::text[]) RETURNING id, "subjectId")
       SELECT pg_notify('daxfleet_events', id || ':host:' || "subjectId") FROM e`,
      [subjects],
    )
    const arrived: (string | undefined)[] = []
    const unsubscribe = await stage.hub.subscribe({
      onEvent: (event) => void arrived.push(event?.subjectId),
      onClose: () => undefined,
    })
    await tell('marker')
    await vi.waitFor(() => expect(arrived).toContain('marker'), within)
    unsubscribe()
    expect((await stream.next()).value).toMatchObject({ subjectId: RESYNC })
    controller.abort()
    await stream.return(undefined)
  })

  it('shares one connection among all pages and forgets those that leave', async () => {
    const pages = Array.from({ length: 20 }, () => listen())
    await vi.waitFor(() => expect(pages.every((page) => page.heard.length > 0)).toBe(true), within)
    const { rows } = await stage.pg.query(
      `SELECT pid FROM pg_stat_activity WHERE application_name = 'daxfleet events' AND datname = current_database()`,
    )
    expect(rows).toHaveLength(1)
    for (const page of pages) await page.leave()
    for (const listener of listeners) listener.abort()
    await vi.waitFor(() => expect(stage.hub.size).toBe(0), within)
  })
})
