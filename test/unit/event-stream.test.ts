import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { openEventStream } from '@/app/_lib/event-stream'
import type { LiveState } from '@/app/_lib/live-stream'
import type { FleetEvent } from '@/server/events/schema'

/** The browser's EventSource, steered: what it tells and when is the test's. */
class SteeredSource extends EventTarget {
  static opened: SteeredSource[] = []
  isClosed = false
  constructor(readonly url: string) {
    super()
    SteeredSource.opened.push(this)
  }
  close() {
    this.isClosed = true
  }
  tell(name: string) {
    this.dispatchEvent(new Event(name))
  }
  send(event: FleetEvent) {
    const data = JSON.stringify({ json: event })
    this.dispatchEvent(Object.assign(new Event('message'), { data, lastEventId: event.id }))
  }
}

describe('the stream of events in a browser', () => {
  const heard: FleetEvent[] = []
  const states: LiveState[] = []
  const nth = (n: number) => {
    const source = SteeredSource.opened[n]
    if (source === undefined) throw new Error(`The stream was not opened ${n + 1} times.`)
    return source
  }
  const event: FleetEvent = { id: '41', topic: 'host', subjectId: 'h1' }
  let stop: () => void
  beforeEach(() => {
    SteeredSource.opened = []
    heard.length = 0
    states.length = 0
    vi.useFakeTimers()
    vi.stubGlobal('EventSource', SteeredSource)
    stop = openEventStream(
      (each) => heard.push(each),
      (state) => states.push(state),
    )
  })
  afterEach(() => {
    stop()
    vi.useRealTimers()
    vi.unstubAllGlobals()
  })

  it('hands on what is sent, and is live from the first word on', () => {
    nth(0).tell('connected')
    nth(0).send(event)
    expect(heard).toEqual([event])
    expect(new Set(states)).toEqual(new Set(['live']))
  })

  it('goes on soon from the last id where the server ended it, and says nothing of it', () => {
    nth(0).send(event)
    nth(0).tell('error')
    vi.advanceTimersByTime(500)
    expect(nth(0).isClosed).toBe(true)
    expect(nth(1).url).toBe('/api/trpc/events.stream?lastEventId=41')
    nth(1).tell('connected')
    expect(states).not.toContain('lost')
  })

  it('is lost where it cannot be opened again, and is asked for until it can', () => {
    nth(0).tell('connected')
    nth(0).tell('error')
    vi.advanceTimersByTime(500)
    nth(1).tell('error')
    expect(states.at(-1)).toBe('lost')
    vi.advanceTimersByTime(3_000)
    nth(2).tell('error')
    vi.advanceTimersByTime(3_000)
    nth(3).tell('connected')
    expect(states.at(-1)).toBe('live')
  })

  it('is not asked for in a row where the server ends every answer at once', () => {
    nth(0).tell('return')
    expect(SteeredSource.opened).toHaveLength(1)
    expect(states).toEqual(['lost'])
  })

  it('takes silence for a connection that died, and a ping for life', () => {
    nth(0).tell('connected')
    vi.advanceTimersByTime(14_000)
    nth(0).tell('ping')
    vi.advanceTimersByTime(14_000)
    expect(SteeredSource.opened).toHaveLength(1)
    vi.advanceTimersByTime(1_500)
    expect(SteeredSource.opened).toHaveLength(2)
    // The second one says nothing at all.
    vi.advanceTimersByTime(15_000)
    expect(states.at(-1)).toBe('lost')
  })

  it('ends for good when it is stopped', () => {
    stop()
    expect(nth(0).isClosed).toBe(true)
    vi.advanceTimersByTime(60_000)
    expect(SteeredSource.opened).toHaveLength(1)
  })
})
