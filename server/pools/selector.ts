import { parseHostQuery } from '@/server/hosts/query'

/** One condition on a host's labels; value null: the label is there at all. */
export interface PoolCondition {
  key: string
  value: string | null
  negated: boolean
}

/** Which hosts a worker serves. The empty text is everybody's: hosts that no other pool names. */
export interface WorkerPool {
  selector: string
  conditions: readonly PoolCondition[]
}

/**
 * Reads WORKER_SELECTOR: conditions on labels in the language of the hosts page, all of which must hold. Two texts that
 * mean the same come out as one. Throws an Error with a sentence for anything else.
 */
export function parsePool(text: string): WorkerPool {
  const query = parseHostQuery(text)
  if (!query.ok) throw new Error(`WORKER_SELECTOR cannot be read: ${query.error}`)
  const conditions = query.conditions.map((condition): PoolCondition => {
    if (condition.type !== 'label')
      throw new Error(
        'WORKER_SELECTOR takes labels only, as in label:site=berlin: what a host is or how it is changes, and its worker with it.',
      )
    const { key, value, negated } = condition
    return { key, value, negated }
  })
  const texts = new Map(conditions.map((condition) => [textOf(condition), condition]))
  const sorted = [...texts.keys()].sort()
  return {
    selector: sorted.join(' '),
    conditions: sorted.flatMap((each) => texts.get(each) ?? []),
  }
}

function textOf({ key, value, negated }: PoolCondition): string {
  if (value === null) return negated ? `label!=${key}` : `label:${key}`
  const shown = /\s/.test(value) ? `"${value}"` : value
  return `label:${key}${negated ? '!=' : '='}${shown}`
}
