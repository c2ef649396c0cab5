import { describe, expect, it } from 'vitest'
import { judge } from '@/server/imports/judge'
import { readList } from '@/server/imports/read-list'

const read = (text: string, known: { name: string; address: string; port: number }[] = []) =>
  judge(readList([{ name: 'pasted text', text }]).candidates, 'ops', known)

function only(text: string) {
  const [row, ...more] = read(text)
  if (row === undefined || more.length > 0) throw new Error(`expected one row of ${text}`)
  return row
}

describe('a paste of hosts', () => {
  it.each([
    ['db-01', { name: 'db-01', address: 'db-01', port: 22, username: 'ops', labels: {} }],
    [
      'root@10.0.0.7:2222',
      { name: '10.0.0.7', address: '10.0.0.7', port: 2222, username: 'root', labels: {} },
    ],
    ['db-01 10.0.0.7', { name: 'db-01', address: '10.0.0.7', port: 22, username: 'ops', labels: {} }],
    [
      'db-01 root@[FD00::1]:2222',
      { name: 'db-01', address: 'fd00::1', port: 2222, username: 'root', labels: {} },
    ],
    ['fd00::1', { name: 'fd00--1', address: 'fd00::1', port: 22, username: 'ops', labels: {} }],
    [
      'db-01 db.example rack=r12 site=eu # the old one',
      {
        name: 'db-01',
        address: 'db.example',
        port: 22,
        username: 'ops',
        labels: { rack: 'r12', site: 'eu' },
      },
    ],
  ])('reads %s', (text, host) => {
    expect(only(text)).toMatchObject({ verdict: 'new', host })
  })

  it('counts lines as the editor does and passes over blanks and comments', () => {
    expect(read('# fleet\r\n\r\ndb-01\n   \ndb-02').map((row) => row.line)).toEqual([3, 5])
  })

  it.each([
    ['db-01:ssh', 'ssh is no port number.'],
    ['db-01:70000', '70000 is no port: ports are 1 to 65535.'],
    ['rack=r12', 'There are labels, but no name or address.'],
    ['a b c', 'c is too much: a name, an address, then labels as key=value.'],
    ['db-01;reboot', 'An address is a host name or an IP address.'],
    ['$(reboot)', 'An address is a host name or an IP address.'],
    ['db-01 rack=1 rack=2', 'The label rack stands here twice.'],
    ['db-01 1rack=2', 'A label key starts with a letter.'],
    ['a!b@db-01', 'A user name is letters, digits, dot, dash and underscore.'],
    ['-oProxyCommand', 'A host name is letters, digits, dots and dashes.'],
  ])('refuses %s and says why', (text, reason) => {
    expect(only(text)).toMatchObject({ verdict: 'invalid', host: null, reason })
  })

  it('tells a repeated line, within the paste and against the fleet', () => {
    const rows = read('db-01 10.0.0.1\nDB-01 10.0.0.1\ndb-09 10.0.0.9', [
      { name: 'db-09', address: '10.0.0.9', port: 22 },
    ])
    expect(rows.map((row) => [row.verdict, row.reason])).toEqual([
      ['new', ''],
      ['duplicate', 'Already in line 1.'],
      ['duplicate', 'Already in the fleet.'],
    ])
  })

  it('tells a name with two addresses and an address with two names', () => {
    const rows = read('db-01 10.0.0.1\ndb-01 10.0.0.2\ndb-02 10.0.0.1')
    expect(rows.slice(1).map((row) => row.reason)).toEqual([
      'The name db-01 already stands for 10.0.0.1:22 in line 1.',
      '10.0.0.1:22 is already called db-01 in line 1.',
    ])
  })
})
