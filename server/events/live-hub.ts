import { databaseUrl } from '@/server/lib/database-url'
import { EventHub } from './hub'

const held = globalThis as { daxfleetEventHub?: EventHub }

/** This process's hub. Its streams end when the process is told to stop, or an open page would keep it from ending. */
export function liveHub(): EventHub {
  if (held.daxfleetEventHub === undefined) {
    const hub = new EventHub(databaseUrl())
    held.daxfleetEventHub = hub
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void hub.close())
  }
  return held.daxfleetEventHub
}
