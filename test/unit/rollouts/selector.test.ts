import { describe, expect, it } from 'vitest'
import { matchesDevice, matchesHost, type Selector } from '@/server/rollouts/targets/conditions'
import { parseSelector } from '@/server/rollouts/targets/selector'

function selector(text: string): Selector {
  const parsed = parseSelector(text)
  if (!parsed.ok) throw new Error(parsed.fault.message)
  return parsed.selector
}

/** The fault's sentence, and the very text it points at. */
function faultOf(text: string): { message: string; there: string } {
  const parsed = parseSelector(text)
  if (parsed.ok) throw new Error(`${text} was read.`)
  const { message, at, length } = parsed.fault
  return { message, there: text.slice(at, at + length) }
}

const GiB = 1n << 30n

describe('the target language', () => {
  it('reads every condition of one line', () => {
    expect(selector('label:rack=r12 kind:pmem,cxl size>=100GiB state!=converted')).toEqual({
      hosts: [],
      conditions: [
        { type: 'label', key: 'rack', value: 'r12', negated: false },
        { type: 'kind', values: ['pmem', 'cxl'], negated: false },
        { type: 'size', operator: '>=', bytes: 100n * GiB },
        { type: 'state', values: ['system_ram'], negated: true },
      ],
    })
  })

  it('takes plain words and host: for names, any of which will do', () => {
    expect(selector('db-1 db-2,db-3 host:kv-* host!=kv-9').hosts).toEqual(['db-1', 'db-2', 'db-3', 'kv-*'])
  })

  it.each(['', '   ', '\n\t'])('refuses %j: nothing never means everything', (text) => {
    expect(faultOf(text).message).toMatch(/empty selector is refused/)
  })

  it.each([
    ['label:rack=r12 colour:red', 'colour', /no condition colour/],
    ['kind:pmem,dram', 'dram', /dram is no kind. It is one of pmem, cxl/],
    ['state!=broken', 'broken', /broken is no device state/],
    ['state:ready,converted', 'ready,converted', /asked for apart/],
    ['host:* size>=100', '100', /whole number and its unit/],
    ['host:* size>=100GB', '100GB', /whole number and its unit/],
    ['size:100GiB', ':', /size is compared with >= or/],
    ['kind>=pmem', '>=', /kind is compared with/],
    ['label:=r12', '=r12', /A label looks like/],
    ['label:', 'label:', /needs a value/],
    ['db-1,,db-2', ',', /host name is missing/],
    ['db-1 $(reboot)', '$(reboot)', /no host name/],
  ])('says of %s what is wrong, and where', (text, there, says) => {
    expect(faultOf(text)).toEqual({ there, message: expect.stringMatching(says) })
  })
})

describe('what a selector matches', () => {
  const host = {
    name: 'db-r12-07',
    address: '192.0.2.7',
    kernelRelease: '6.12.107+bpo',
    standing: 'ready' as const,
    labels: { rack: 'r12', tier: 'gold' },
  }
  it.each([
    ['label:rack=r12', true],
    ['label:rack=R12', false],
    ['label:rack!=r12', false],
    ['label:tier', true],
    ['label:toString', false],
    ['label!=gpu', true],
    ['db-r12-07', true],
    ['db-r12-0', false],
    ['db-*', true],
    ['*-r12-*', true],
    ['db-r12-07*7', false],
    [`${'*'.repeat(200)}7`, true],
    [`${'*-'.repeat(200)}7`, false],
    ['other db-r12-07', true],
    ['host:* host!=db-r12-07', false],
    ['host:db.r12.07', false],
    ['name:R12', true],
    ['address:192.0.2.', true],
    ['search:192.0.2', true],
    ['search:r12', true],
    ['search:r13', false],
    ['kernel:6.12', true],
    ['kernel!=6.12', false],
    ['state:ready', true],
    ['state!=ready,unreachable', false],
    ['state!=converted', true],
  ])('host by %s: %s', (text, holds) => {
    expect(matchesHost(selector(text), host)).toBe(holds)
  })

  it.each([
    ['size>=100GiB', true],
    ['size>100GiB', false],
    ['size<=100GiB', true],
    ['size<102400MiB', false],
    ['size=102400MiB', true],
    ['kind:pmem', true],
    ['kind!=pmem,cxl', false],
    ['state:convertible', true],
    ['state!=converted', true],
    ['state:partial,stranded', false],
  ])('device by %s: %s', (text, holds) => {
    const device = { kind: 'pmem', state: 'convertible' as const, sizeBytes: 100n * GiB }
    expect(matchesDevice(selector(text), device)).toBe(holds)
  })
})
