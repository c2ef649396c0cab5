import { describe, expect, it } from 'vitest'
import { rejectedCsv } from '@/app/(fleet)/hosts/add/_components/rejected-csv'
import { detectFormat } from '@/server/imports/detect-format'
import { judge } from '@/server/imports/judge'
import { readCsv } from '@/server/imports/read-csv'

const read = (text: string) => readCsv([{ name: 'fleet.csv', text }])
const judged = (text: string) => judge(read(text).candidates, 'ops', [])

describe('a CSV of hosts', () => {
  it.each([
    ['Windows ends', 'name,address\r\na,10.0.0.1\r\nb,10.0.0.2\r\n'],
    ['bare returns', 'name,address\ra,10.0.0.1\rb,10.0.0.2'],
    ['mixed ends', 'name,address\na,10.0.0.1\r\nb,10.0.0.2'],
    ['a byte order mark and semicolons', '\uFEFFName; IP Address\na;10.0.0.1\nb;10.0.0.2\n'],
    ['tabs and quotes', '"host"\t"ip"\n"a"\t"10.0.0.1"\n\n"b"\t10.0.0.2'],
  ])('is read with %s', (_what, text) => {
    expect(judged(text).map(({ verdict, host }) => `${verdict} ${host?.name} ${host?.address}`)).toEqual([
      'new a 10.0.0.1',
      'new b 10.0.0.2',
    ])
  })

  it('has labels in one column, or in columns of their own', () => {
    const text = 'address,labels,label:rack,Label.site,user,port,jump_host\nweb1,a=1;b=2,r1,,deploy,2200,gate'
    expect(judged(text)[0]).toMatchObject({
      host: { name: 'web1', username: 'deploy', port: 2200, labels: { a: '1', b: '2', rack: 'r1' } },
      jump: 'gate',
    })
  })

  it('counts lines as the editor does', () => {
    const text = 'name,labels\n\na,"x=1\ny=2"\n\nb,\nc,,\nd"e,\n'
    expect(judged(text).map(({ line, verdict, reason }) => `${line} ${verdict} ${reason}`.trim())).toEqual([
      '3 new',
      '6 new',
      '7 invalid There are 3 cells where the first line names 2 columns.',
      '8 invalid A quote stands inside a cell that does not begin with one.',
    ])
  })

  it.each([
    ['', 'fleet.csv holds no line.'],
    ['rack,site\nr1,eu', 'fleet.csv has no column called name or address.'],
    ['name,address,name\na,b,c', 'fleet.csv has two columns called name.'],
    ['name,host\na,b', 'fleet.csv has two columns for the same: name and host.'],
    ['name,x,x\na,b,c', 'fleet.csv has two columns called x.'],
  ])('is refused as a whole: %j', (text, message) => {
    expect(() => read(text)).toThrow(message)
  })

  it('tells of a quote that is never closed', () => {
    expect(
      judged('name,address\na,b\n"c,d\ne,f').map(({ line, reason }) => `${line} ${reason}`.trim()),
    ).toEqual(['2', '4 A quote is opened and not closed.'])
  })

  it('comes back with what was left out, so that it can be mended and read again', () => {
    const rows = judged('name,address,labels\n=cmd(),10.0.0.1,\nb,10.0.0.2,x=1')
    const rejected = rejectedCsv(rows)
    expect(rejected).toContain(`,"'=cmd(), 10.0.0.1,"`)
    expect(judged(rejected).map(({ verdict, host }) => [verdict, host?.name, host?.labels])).toEqual([
      ['invalid', undefined, undefined],
      ['new', 'b', { x: '1' }],
    ])
  })
})

describe('the format', () => {
  it.each([
    ['list', 'x', 'db-1 10.0.0.1 rack=r1\nroot@10.0.0.2'],
    ['csv', 'x', 'name,address\na,b'],
    ['csv', 'hosts.CSV', 'a'],
    ['ssh_config', 'config', '# mine\nHost a\n  HostName b'],
    ['ansible_ini', 'x', '[web]\na\n'],
    ['ansible_ini', 'x', 'a ansible_host=b'],
    ['ansible_yaml', 'x', 'all:\n  hosts:\n    a:'],
    ['ansible_yaml', 'hosts.yml', 'a:'],
  ])('%s shows in %s', (format, name, text) => {
    expect(detectFormat([{ name, text }])).toBe(format)
  })

  it('of files that go together is one, or is asked for', () => {
    const config = { name: 'config', text: 'Host a' }
    expect(detectFormat([{ name: 'part', text: 'User x' }, config])).toBe('ssh_config')
    expect(() =>
      detectFormat([
        { name: 'a.csv', text: '' },
        { name: 'b.yml', text: '' },
      ]),
    ).toThrow('different formats')
  })
})
