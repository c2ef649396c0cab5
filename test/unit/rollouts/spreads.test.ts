import { expect, it } from 'vitest'
import { spreadsOf } from '@/server/rollouts/targets/preview'

const host = (labels: Record<string, string>) => ({ labels })

it('offers what hosts can be spread over, and no label that spreads nothing', () => {
  const hosts = Array.from({ length: 12 }, (_, n) =>
    host({
      rack: `r${n % 4}`,
      site: 'berlin',
      serial: `s${n}`,
      ...(n < 6 ? { row: `row${n % 2}` } : {}),
    }),
  )
  expect(spreadsOf(hosts)).toEqual([
    { label: 'rack', values: 4, hosts: 12 },
    { label: 'row', values: 2, hosts: 6 },
  ])
  expect(spreadsOf([])).toEqual([])
})
