import type { Decimal } from '@/agents/protocol'
import type { Prisma } from '@/prisma/generated/client'
import { ContactError } from '@/server/ssh/target'

/** Largest value of a Postgres bigint. */
const maxBytes = 2n ** 63n - 1n

/** Bytes as a host told them. Throws ContactError for more than any machine can hold. */
export function bytesOf(value: Decimal | bigint): bigint {
  const bytes = BigInt(value)
  if (bytes >= 0n && bytes <= maxBytes) return bytes
  throw new ContactError(
    'agent_failed',
    `The host reports a size of ${value} bytes, which cannot be.`,
    'Look at the device on the host with daxctl list, and report the kernel it runs.',
  )
}

/** The same value as JSON that Postgres can store: NUL and lone surrogates, which it refuses, are replaced. */
export function storableJson<T>(value: T): Prisma.InputJsonValue {
  return JSON.parse(JSON.stringify(value), (_key, each) =>
    typeof each === 'string' ? storableText(each) : each,
  )
}

/** As storableJson, in JSON's own text: nearly always nothing has to be replaced, and it is written only once. */
export function storableJsonText(value: unknown): string {
  const text = JSON.stringify(value)
  // As JSON.stringify writes NUL and lone surrogates; found where nothing is wrong, it costs the long way round.
  return /\\u(?:0000|d[89a-f])/.test(text) ? JSON.stringify(storableJson(value)) : text
}

export function storableText(text: string): string {
  return text.replace(/\p{Cs}|\0/gu, '\u{fffd}')
}
