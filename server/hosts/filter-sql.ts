import { kernelSettingSql } from './kernel-settings'
import type { HostCondition } from './query'

/** Collects the values of one statement; `add` answers the placeholder that stands for the value. */
export class SqlParameters {
  readonly values: unknown[] = []
  add(value: unknown): string {
    this.values.push(value)
    return `$${this.values.length}`
  }
}

/** SQL over `h` (hostsWithStanding) that holds where every condition does. Values only ever travel as parameters. */
export function conditionsToSql(conditions: readonly HostCondition[], parameters: SqlParameters): string {
  if (conditions.length === 0) return 'true'
  return conditions.map((condition) => `(${conditionToSql(condition, parameters)})`).join(' AND ')
}

const columns = { name: 'h.name', address: 'h.address', kernel: `coalesce(h."kernelRelease", '')` }

function conditionToSql(condition: HostCondition, parameters: SqlParameters): string {
  switch (condition.type) {
    case 'word': {
      const pattern = parameters.add(contains(condition.text))
      return `h.name ILIKE ${pattern} OR h.address ILIKE ${pattern}`
    }
    case 'text': {
      const matches = `${columns[condition.column]} ILIKE ${parameters.add(contains(condition.text))}`
      return negate(matches, condition.negated)
    }
    case 'label': {
      // @> and ? are what the GIN index on labels answers.
      const matches =
        condition.value === null
          ? `h.labels ? ${parameters.add(condition.key)}`
          : `h.labels @> ${parameters.add(JSON.stringify({ [condition.key]: condition.value }))}::jsonb`
      return negate(matches, condition.negated)
    }
    case 'setting': {
      const is = `${kernelSettingSql[condition.setting]} = ANY(${parameters.add(condition.values)})`
      return negate(is, condition.negated)
    }
    case 'state':
      return negate(`h.standing = ANY(${parameters.add(condition.values)})`, condition.negated)
    case 'kind':
      return negate(anyDevice('kind', parameters.add(condition.values)), condition.negated)
    case 'has_device': {
      const is = `d.state::text = ANY(${parameters.add(condition.values)})`
      return `EXISTS (SELECT 1 FROM "Device" d WHERE d."hostId" = h.id AND d.state <> 'gone' AND ${negate(is, condition.negated)})`
    }
    case 'health':
      return negate(anyDevice('"healthState"', parameters.add(condition.values)), condition.negated)
    case 'device':
      return negate(anyDevice('state::text', parameters.add(condition.values)), condition.negated)
  }
}

function anyDevice(column: string, placeholder: string): string {
  const present = column !== 'state::text' ? ` AND d.state <> 'gone'` : ''
  return `EXISTS (SELECT 1 FROM "Device" d WHERE d."hostId" = h.id AND d.${column} = ANY(${placeholder})${present})`
}

function negate(sql: string, negated: boolean): string {
  return negated ? `NOT (${sql})` : sql
}

/** An ILIKE pattern that matches the text anywhere, its wildcards taken literally. */
export function contains(text: string): string {
  return `%${text.replace(/[\\%_]/g, '\\$&')}%`
}
