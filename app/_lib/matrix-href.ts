import type { HostOutcome } from '@/server/rollouts/vocabulary'

/** The matrix with only what a count counts; `wave` from 0, as everywhere but in the address. */
export function matrixHref({
  outcomes = [],
  wave,
  cause,
}: {
  outcomes?: readonly HostOutcome[]
  wave?: number
  cause?: string
}): `?${string}` {
  const params = new URLSearchParams()
  if (outcomes.length > 0) params.set('state', outcomes.join(','))
  if (wave !== undefined) params.set('wave', String(wave + 1))
  if (cause !== undefined) params.set('cause', cause)
  // Commas need no escape in a query, and people read it.
  return `?${params.toString().replaceAll('%2C', ',')}`
}
