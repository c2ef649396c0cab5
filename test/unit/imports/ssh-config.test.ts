import { describe, expect, it } from 'vitest'
import { judge } from '@/server/imports/judge'
import { matchesGlob } from '@/server/imports/ssh-config/glob'
import { readSshConfig } from '@/server/imports/ssh-config/read'

const read = (...texts: string[]) =>
  readSshConfig(texts.map((text, index) => ({ name: index === 0 ? 'config' : `part${index}`, text })))

function hosts(...texts: string[]) {
  return read(...texts).candidates.map(({ draft, jump, line }) =>
    typeof draft === 'string'
      ? { line, draft }
      : `${line} ${draft.name} ${draft.username ?? '-'}@${draft.address}:${draft.port ?? '-'}${jump === null ? '' : ` via ${jump}`}`,
  )
}

describe('an ssh_config', () => {
  it('makes a host of every name that is no pattern, with the first value that applies', () => {
    const text = `
Host web1 web2 *.example
  HostName %h.example.net
Host web1
  HostName late.example
  User=deploy
Host db "db two"
  Port 2222
Host * !db
  User root
  HostName 10.0.0.1
`
    expect(hosts(text)).toEqual([
      '2 web1 deploy@web1.example.net:-',
      '2 web2 root@web2.example.net:-',
      '7 db -@db:2222',
      '7 db two root@10.0.0.1:2222',
    ])
  })

  it('reads what stands before the first Host for all, CRLF and a byte order mark', () => {
    expect(hosts('\uFEFFUser ops\r\nHost a\r\n\tHostname = 10.1.1.1 # here\r\n')).toEqual([
      '2 a ops@10.1.1.1:-',
    ])
  })

  it('records what a host is reached through', () => {
    const text = `Host a b
  ProxyJump ops@bastion-%h:2200
Host b
  ProxyJump none
Host c
  ProxyJump none
Host d
  ProxyCommand nc %h %p
  ProxyJump bastion`
    expect(hosts(text)).toEqual([
      '1 a -@a:- via ops@bastion-a:2200',
      '1 b -@b:- via ops@bastion-b:2200',
      '5 c -@c:-',
      '7 d -@d:-',
    ])
    expect(read(text).notices.map(({ message }) => message)).toEqual([
      'd is reached by a ProxyCommand, which is never run. Give a ProxyJump instead, if there is one.',
    ])
  })

  it('never runs what Match exec says, and says so', () => {
    const text = `Match host a exec "touch /tmp/run"
  User wrong
Match final host a
  User wrong
Match originalhost a,b user root
  Port 1
Match !host a
  Port 2222
Host a b
  User root
Match user root originalhost a
  Port 24`
    const { notices } = read(text)
    expect(hosts(text)).toEqual(['9 a root@a:24', '9 b root@b:2222'])
    expect(notices.map(({ line, message }) => `${line} ${message}`)).toEqual([
      '1 Match exec: the command was not run and never is; what follows was left out.',
      '3 Match final: nothing here can tell whether it holds; what follows was left out.',
    ])
  })

  it('includes only files that were given along, where they are included', () => {
    const text = 'Include ~/.ssh/part*\nInclude /etc/ssh/other\nHost web\n  Include part1\n  User late'
    expect(hosts(text, 'Host web\n  User early\n')).toEqual(['1 web early@web:-'])
    expect(read(text, 'Host web\n').notices.map(({ message }) => message)).toEqual([
      'Include /etc/ssh/other: no such file was given along.',
    ])
  })

  it('applies a file included in a block only where the block does', () => {
    const text = 'Host a\n  Include part1\nHost a b\n  User late'
    expect(hosts(text, 'Host *\n  User early')).toEqual(['1 a early@a:-', '3 b late@b:-'])
  })

  it('ends where files include each other', () => {
    expect(hosts('Include part1\nHost a', 'Include config\nHost b')).toEqual(
      expect.arrayContaining(['2 b -@b:-', '2 a -@a:-']),
    )
  })

  it('tells of the line that cannot be read, and reads the others', () => {
    expect(hosts('Host "a\nHost b\n  Port ssh\nHost')).toEqual([
      '2 b -@b:ssh',
      { line: 1, draft: 'The line cannot be read: a quote is not closed, or a value is missing.' },
      { line: 4, draft: 'The line cannot be read: a quote is not closed, or a value is missing.' },
    ])
    expect(judge(read('Host b\n  Port ssh').candidates, 'root', [])[0]).toMatchObject({
      verdict: 'invalid',
      reason: 'ssh is no port number.',
    })
  })

  it('costs a host the same among many', () => {
    const of = (count: number) =>
      Array.from({ length: count }, (_, at) => `Host h${at}\n  HostName 10.0.${at >> 8}.${at & 255}`).join(
        '\n',
      )
    const timed = (text: string) => {
      const begun = performance.now()
      read(text)
      return performance.now() - begun
    }
    timed(of(500))
    const [few, many] = [timed(of(1_000)) / 1_000, timed(of(10_000)) / 10_000]
    expect(many / few).toBeLessThan(5)
  })
})

describe('a pattern', () => {
  it.each([
    ['*', '', true],
    ['web?', 'web1', true],
    ['web?', 'web', false],
    ['*.example', 'a.b.example', true],
    ['a*b*c', 'aXbXbc', true],
    ['a.b', 'axb', false],
  ])('%s against %s', (pattern, text, expected) => {
    expect(matchesGlob(pattern, text)).toBe(expected)
  })

  it('ends, however it is made', () => {
    expect(matchesGlob(`${'*a'.repeat(5_000)}b`, 'a'.repeat(5_000))).toBe(false)
  })
})
