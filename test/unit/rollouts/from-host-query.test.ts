import { describe, expect, it } from 'vitest'
import { fromHostQuery } from '@/server/rollouts/targets/from-host-query'
import { parseSelector } from '@/server/rollouts/targets/selector'

describe('a filter of the hosts page, said as a selector', () => {
  it.each([
    ['', 'host:*'],
    ['db', 'search:db'],
    ['label:rack=r12 kind:pmem', 'label:rack=r12 kind:pmem'],
    ['label:rack!=r12 label!=gpu', 'label:rack!=r12 label!=gpu'],
    ['state!=ready,unreachable', 'state!=ready,unreachable'],
    ['device:convertible,system_ram kernel:6.12', 'device:convertible,system_ram kernel:6.12'],
    ['state!=converted', 'device!=system_ram'],
    ['name:db address!=192.0.2.', 'name:db address!=192.0.2.'],
  ])('%j is %j', (query, selector) => {
    expect(fromHostQuery(query)).toEqual({ type: 'selector', selector })
    expect(parseSelector(selector)).toMatchObject({ ok: true })
  })

  it.each(['kind!=pmem', 'device!=convertible', 'device:gone', '"two words"', 'state:odd'])(
    '%j cannot be said: hosts are to be named',
    (query) => {
      expect(fromHostQuery(query)).toMatchObject({ type: 'names' })
    },
  )
})
