import { describe, expect, it } from 'vitest'
import { conditionsToSql, SqlParameters } from '@/server/hosts/filter-sql'
import { parseHostQuery } from '@/server/hosts/query'

function conditions(query: string) {
  const parsed = parseHostQuery(query)
  if (!parsed.ok) throw new Error(parsed.error)
  return parsed.conditions
}

function errorOf(query: string): string {
  const parsed = parseHostQuery(query)
  return parsed.ok ? 'no error' : parsed.error
}

describe('the filter language of the hosts page', () => {
  it('takes free words as they are', () => {
    expect(conditions('  db  r12 ')).toEqual([
      { type: 'word', text: 'db' },
      { type: 'word', text: 'r12' },
    ])
  })

  it('reads labels with a value, without one, and negated', () => {
    expect(conditions('label:rack=r12 label:gpu label:rack!=r13 label!=rack=r14')).toEqual([
      { type: 'label', key: 'rack', value: 'r12', negated: false },
      { type: 'label', key: 'gpu', value: null, negated: false },
      { type: 'label', key: 'rack', value: 'r13', negated: true },
      { type: 'label', key: 'rack', value: 'r14', negated: true },
    ])
  })

  it('reads states, several at once, and negated', () => {
    expect(conditions('state:ready,Unreachable state!=new device:convertible')).toEqual([
      { type: 'state', values: ['ready', 'unreachable'], negated: false },
      { type: 'state', values: ['new'], negated: true },
      { type: 'device', values: ['convertible'], negated: false },
    ])
  })

  it('reads states of devices as rollouts do', () => {
    expect(conditions('state:converted state!=partial,stranded')).toEqual([
      { type: 'has_device', values: ['system_ram'], negated: false },
      { type: 'has_device', values: ['partial', 'stranded'], negated: true },
    ])
  })

  it('keeps what stands in quotes together, also behind a filter', () => {
    expect(conditions('"fd00::1" label:site="Lab 2"')).toEqual([
      { type: 'word', text: 'fd00::1' },
      { type: 'label', key: 'site', value: 'Lab 2', negated: false },
    ])
  })

  it('takes an IPv6 address for a word', () => {
    expect(conditions('fd00::1')).toEqual([{ type: 'word', text: 'fd00::1' }])
  })

  it('says which filters there are when it meets another', () => {
    expect(errorOf('rack:r12')).toContain('There is no filter rack:. There are label:, kind:, state:')
  })

  it('says which states there are when it meets another', () => {
    expect(errorOf('state:odd')).toContain('odd is no state. It is one of new, key_review')
    expect(errorOf('state:converted,ready')).toContain('ready is no device state. It is one of convertible')
  })

  it('asks for the value that is missing', () => {
    expect(errorOf('kind:')).toBe('kind: needs a value, as in kind:pmem.')
  })

  it('asks for the quote that is missing', () => {
    expect(errorOf('name:"db one')).toBe('A quote is opened in name:"db one and not closed.')
  })
})

describe('the SQL of a filter', () => {
  it('never holds what a person typed', () => {
    const parameters = new SqlParameters()
    const sql = conditionsToSql(conditions(`"'; DROP TABLE" label:a="'--" name:"100%_"`), parameters)
    expect(sql).not.toMatch(/DROP|--|100/)
    expect(parameters.values).toEqual([`%'; DROP TABLE%`, `{"a":"'--"}`, '%100\\%\\_%'])
  })

  it('holds for every host when nothing is asked', () => {
    expect(conditionsToSql([], new SqlParameters())).toBe('true')
  })
})
