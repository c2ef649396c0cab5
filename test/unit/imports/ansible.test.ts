import { describe, expect, it } from 'vitest'
import { readAnsible } from '@/server/imports/ansible/read'
import { judge } from '@/server/imports/judge'

const read = (text: string, variables: string[] = []) =>
  readAnsible(/^---|:\s*\n/.test(text) ? 'ansible_yaml' : 'ansible_ini', [{ name: 'hosts', text }], {
    variables,
    groups: true,
  })

function rows(text: string) {
  return judge(read(text).candidates, 'root', []).map(
    ({ line, verdict, reason, host, jump }) =>
      `${line} ${verdict} ${host === null ? reason : `${host.name} ${host.username}@${host.address}:${host.port}`}${jump === null ? '' : ` via ${jump}`}`,
  )
}

describe('an Ansible inventory', () => {
  it('is hosts with how they are reached', () => {
    const text = `[web]
web[08:12:2] ansible_host=10.0.0.1
db:2222 ansible_user=pg ansible_ssh_common_args="-o ProxyJump=ops@gate:2200 -o X=y"
[fd00::7]:22
`
    expect(rows(text)).toEqual([
      '2 new web08 root@10.0.0.1:22',
      '2 conflict web10 root@10.0.0.1:22',
      '2 conflict web12 root@10.0.0.1:22',
      '3 new db pg@db:2222 via ops@gate:2200',
      '4 new fd00--7 root@fd00::7:22',
    ])
  })

  it('makes labels of groups, and of those variables that were chosen', () => {
    const text = `[web]
w1 rack=r1 password=secret id=12345678901234567890 tags=[1] where={{rack}}
[east:children]
web
[web:vars]
site=east`
    const { candidates, notices, variables } = read(text, ['rack', 'site', 'id', 'tags', 'where', 'gone'])
    expect(candidates[0]?.draft).toMatchObject({
      labels: {
        'group/web': 'yes',
        'group/east': 'yes',
        rack: 'r1',
        site: 'east',
        id: '12345678901234567890',
      },
    })
    expect(candidates[0]?.draft).not.toHaveProperty('labels.password')
    expect(notices.map(({ message }) => message)).toEqual([
      'w1: tags is a list, and becomes no label.',
      'w1: where is a template, and becomes no label.',
    ])
    expect(variables.map(({ name }) => name)).toEqual(['id', 'password', 'rack', 'site', 'where'])
  })

  it('takes no value out of a vault', () => {
    const text = `all:
  hosts:
    a:
      ansible_host: !vault |
        $ANSIBLE_VAULT;1.1;AES256
        6162
    b:
      rack: !vault |
        $ANSIBLE_VAULT;1.1;AES256
        6162
`
    expect(rows(text)).toEqual(['3 invalid ansible_host is encrypted by Ansible Vault.', '7 new b root@b:22'])
    expect(read(text, ['rack']).notices.map(({ message }) => message)).toEqual([
      'b: rack is encrypted by Ansible Vault, and becomes no label.',
    ])
    expect(() => read('$ANSIBLE_VAULT;1.1;AES256\n6162')).toThrow('hosts is encrypted by Ansible Vault.')
  })

  it.each([
    ['a b', 'b is no variable: after a host come variables as key=value.'],
    ['a x="b', 'A quote is opened and not closed.'],
    ['a[1:]', '[1:] does not say where the range ends.'],
    ['a[01:100]', '[01:100] pads its first number, but not its last.'],
    ['a[1:2:0]', '[1:2:0] has a step that is no number above zero.'],
    [`a${'[1:1]'.repeat(11)}`, 'There are more than 10 ranges in one name.'],
    ['a[x:3]', '[x:3] is neither of numbers nor of letters.'],
    ['a[1:900000000]', 'This range has more hosts than an import takes (20000).'],
    ['a:', 'a: ends in a colon, but no port follows.'],
    ['[a b]', 'A section is [group], [group:children] or [group:vars], without spaces.'],
    ['[a:hosts:x]', 'A section is [group], [group:children] or [group:vars], without spaces.'],
    [
      '[a:things]',
      'There are no sections of kind things: they are [group], [group:children] and [group:vars].',
    ],
    ['[a:vars]', 'There are variables of a group a, but no such group.'],
    ['a ansible_host={{ip}}', 'ansible_host is a template, which is not filled in here.'],
    ['a ansible_connection=local', 'Ansible reaches it by local: Daxfleet goes by SSH.'],
    ['a ansible_port=ssh', 'ssh is no port number.'],
    ['$(reboot)', 'An address is a host name or an IP address.'],
  ])('refuses %s and says why', (text, reason) => {
    expect(judge(read(text).candidates, 'root', [])).toMatchObject([{ line: 1, verdict: 'invalid', reason }])
  })

  it.each([
    ['---\n- a\n', 'hosts is no inventory'],
    ['---\nplugin: aws_ec2\n', 'hosts configures an inventory plugin'],
    ['---\nall: {hosts: [\n', 'hosts is no YAML'],
    ['---\na: {children: {b: }}\nb: {children: {a: }}\n', 'each inside the other'],
  ])('refuses %j as a whole', (text, message) => {
    expect(() => read(text)).toThrow(message)
  })

  it('ends where aliases repeat themselves or brackets go down for ever', () => {
    const levels = Array.from({ length: 12 }, (_, at) =>
      at === 0
        ? 'g0: &g0 {children: {x: }}'
        : `g${at}: &g${at} {children: {${Array.from({ length: 9 }, (_e, of) => `c${at}${of}: *g${at - 1}`).join(', ')}}}`,
    )
    expect(() => read(`---\nx: ${'['.repeat(100_000)}`)).toThrow(/more than 100 deep/)
    expect(() => read(`---\n${'- '.repeat(1_000)}x`)).toThrow(/more than 100 deep/)
    expect(() => read(`---\n${levels.join('\n')}\n`)).toThrow(/repeats itself too often/)
  })
})
