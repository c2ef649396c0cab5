'use client'

import { useNow } from './use-now'

/** The server's clock, told by an answer that names its time: countdowns do not depend on how this computer's is set. */
export function useServerNow(readAt: Date, receivedAtMs: number): Date {
  const now = useNow()
  const skewMs = receivedAtMs === 0 ? 0 : readAt.getTime() - receivedAtMs
  return new Date(now.getTime() + skewMs)
}
