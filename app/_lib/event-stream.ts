import superjson from 'superjson'
import type { FleetEvent } from '@/server/events/schema'
import type { LiveState } from './live-stream'

const ADDRESS = '/api/trpc/events.stream'
/** The server pings every 5 s (server/trpc/procedures.ts): silence this long is a connection that died, as when a laptop slept. */
const SILENT_MS = 15_000
/** What ended well goes on after this: soon, and yet no storm should every answer end at its beginning. */
const SOON_MS = 500
/** What was refused or not reached is asked for again after this. */
const AGAIN_MS = 3_000

/**
 * The stream of events as tRPC serves it (`connected`, `ping`, then messages with an id each), read by the browser's own
 * EventSource and opened again from the last id whatever ended it: left to itself a browser gives up for good on an answer
 * that is no stream, such as a proxy's 502 while the server starts. An end after a good connection is the server's own
 * (it ends every stream after some minutes) until opening it again fails too. Returns how to stop.
 */
export function openEventStream(
  onEvent: (event: FleetEvent) => void,
  onState: (state: LiveState) => void,
): () => void {
  let source: EventSource
  let timer: ReturnType<typeof setTimeout>
  let lastEventId = ''
  let wasGood = false
  const openIn = (ms: number) => {
    clearTimeout(timer)
    timer = setTimeout(open, ms)
  }
  const fail = () => {
    source.close()
    if (wasGood) return openIn(SOON_MS)
    onState('lost')
    openIn(AGAIN_MS)
  }
  const hear = () => {
    wasGood = true
    onState('live')
    clearTimeout(timer)
    timer = setTimeout(fail, SILENT_MS)
  }
  function open() {
    wasGood = false
    source = new EventSource(
      lastEventId === '' ? ADDRESS : `${ADDRESS}?lastEventId=${encodeURIComponent(lastEventId)}`,
    )
    source.addEventListener('connected', hear)
    source.addEventListener('ping', hear)
    source.addEventListener('message', (message: MessageEvent<string>) => {
      hear()
      lastEventId = message.lastEventId
      onEvent(superjson.parse<FleetEvent>(message.data))
    })
    for (const end of ['error', 'return', 'serialized-error']) source.addEventListener(end, fail)
    clearTimeout(timer)
    timer = setTimeout(fail, SILENT_MS)
  }
  open()
  return () => {
    clearTimeout(timer)
    source.close()
  }
}
