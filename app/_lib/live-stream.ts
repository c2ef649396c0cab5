import type { FleetEvent } from '@/server/events/schema'

/** `connecting` at first; `lost` once a stream that should be there is not. */
export type LiveState = 'connecting' | 'live' | 'lost'

type Message = { kind: 'event'; event: FleetEvent } | { kind: 'state'; state: LiveState } | { kind: 'ask' }

export interface LiveHandlers {
  onEvent: (event: FleetEvent) => void
  onState: (state: LiveState) => void
  /** Opens the one stream; returns how to close it. */
  open: (onEvent: (event: FleetEvent) => void, onState: (state: LiveState) => void) => () => void
}

/**
 * One stream a browser, whatever the number of tabs (HTTP/1.1 allows six connections in all): the tab that holds
 * the lock keeps it and tells the others; when it closes, the next tab in line takes over. Returns how to stop.
 */
export function shareLiveStream(handlers: LiveHandlers): () => void {
  const end = new AbortController()
  const channel = new BroadcastChannel('daxfleet-live')
  let state: LiveState = 'connecting'
  let leading = false

  const tell = (message: Message) => {
    if (!end.signal.aborted) channel.postMessage(message)
  }
  channel.onmessage = ({ data }: MessageEvent<Message>) => {
    if (data.kind === 'event') handlers.onEvent(data.event)
    if (data.kind === 'state') handlers.onState(data.state)
    if (data.kind === 'ask' && leading) tell({ kind: 'state', state })
  }
  tell({ kind: 'ask' })

  const lead = () =>
    new Promise<void>((done) => {
      leading = true
      const close = handlers.open(
        (event) => {
          handlers.onEvent(event)
          tell({ kind: 'event', event })
        },
        (next) => {
          // Closing the stream on purpose is no loss.
          if (end.signal.aborted) return
          state = next
          handlers.onState(next)
          tell({ kind: 'state', state })
        },
      )
      end.signal.addEventListener('abort', () => {
        close()
        done()
      })
    })

  // Without secure context there are no locks (plain http on a name that is not loopback): a stream a tab then.
  if ('locks' in navigator && navigator.locks !== undefined) {
    navigator.locks.request('daxfleet-live', { signal: end.signal }, lead).catch(ignoreAbort)
  } else {
    void lead()
  }
  return () => {
    end.abort()
    channel.close()
  }
}

function ignoreAbort(error: unknown): void {
  if (!(error instanceof DOMException && error.name === 'AbortError')) throw error
}
