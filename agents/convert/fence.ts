import type { Host } from '../host'
import type { FencingToken, Refusal } from '../protocol'
import { readOptional } from '../read/files'
import { TOKEN, writeDurably } from './state'

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

/**
 * Compares the token with the highest one this host has seen and records it durably. Only to be called while the
 * lock is held: that is what makes "never acted" true for whoever probed with a higher token.
 */
export async function fence(host: Host, token: FencingToken): Promise<Refusal | null> {
  const text = await readOptional(host, TOKEN)
  const known = text === null ? null : parseToken(text)
  if (text !== null && known === null) {
    return {
      code: 'other_installation',
      message: `${TOKEN} on this host cannot be read as a token, so nobody can tell who may act.`,
      next: 'Look at that file; remove it if no other Daxfleet acts on this host.',
    }
  }
  if (known !== null && known.installationId !== token.installationId) {
    return {
      code: 'other_installation',
      message: `This host belongs to the Daxfleet installation ${known.installationId}, asked by ${token.installationId}.`,
      next: `Convert it from there, or remove ${TOKEN} on the host once nothing acts on it any more.`,
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
    await writeDurably(
      host,
      TOKEN,
      `${JSON.stringify({ installationId: token.installationId, epoch: token.epoch })}\n`,
    )
  }
  return null
}
