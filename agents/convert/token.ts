import type { Host } from '../host'
import type { FencingToken, RecordedToken, Refusal } from '../protocol'
import { readOptional } from '../read/files'
import { STATE, TOKEN, writeWhole } from './state'

function parseToken(text: string): FencingToken | null {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null) return null
    const { installationId, epoch } = value as Record<string, unknown>
    if (typeof installationId !== 'string' || typeof epoch !== 'string' || !/^\d{1,20}$/.test(epoch))
      return null
    return { installationId, epoch }
  } catch {
    return null
  }
}

/** The highest token this host has seen; null when it has seen none, or may not be asked. */
export async function readToken(host: Host): Promise<RecordedToken | null> {
  const text = await readOptional(host, TOKEN)
  return text === null ? null : (parseToken(text) ?? 'unreadable')
}

/**
 * Compares the token with the highest one this host has seen and records it. Only to be called while the lock is
 * held: that is what makes "never acted" true for whoever probed with a higher token.
 */
export async function recordToken(host: Host, token: FencingToken): Promise<Refusal | null> {
  const known = await readToken(host)
  if (known === 'unreadable') {
    return {
      code: 'other_installation',
      message: `${TOKEN} on this host cannot be read as a token, so nobody can tell who may act.`,
      next: 'Adopt the host, once no other Daxfleet acts on it.',
    }
  }
  if (known !== null && known.installationId !== token.installationId) {
    return {
      code: 'other_installation',
      message: `This host belongs to the Daxfleet installation ${known.installationId}, asked by ${token.installationId}.`,
      next: 'Convert it from there, or adopt the host, once the other acts on it no more.',
    }
  }
  if (known !== null && BigInt(known.epoch) > BigInt(token.epoch)) {
    return {
      code: 'stale_token',
      message: `This host has seen epoch ${known.epoch}; the request carries ${token.epoch} and came too late.`,
      next: 'Nothing to do: another worker took this host over.',
    }
  }
  if (known === null || known.epoch !== token.epoch) {
    await writeToken(host, token)
  }
  return null
}

/** Replaces the record, whatever it says. Only to be called while the lock is held; durable once settled. */
export async function writeToken(host: Host, { installationId, epoch }: FencingToken): Promise<void> {
  await writeWhole(host, TOKEN, `${JSON.stringify({ installationId, epoch })}\n`, true)
}

/** From here on the record outlives a power failure. Before anything is answered or done that relies on it. */
export async function settleToken(host: Host): Promise<void> {
  await host.fsyncDirectory(STATE)
}
