import { execFile } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { readInventory } from '@/server/imports/ansible/read'

const folder = fileURLToPath(new URL('inventories', import.meta.url))

interface Listed {
  _meta: { hostvars: Record<string, Record<string, unknown>> }
  [group: string]: unknown
}

/** What Ansible itself makes of a file: groups, hosts and their variables, nothing of this machine's settings. */
async function listed(file: string): Promise<Listed> {
  const home = fs.mkdtempSync(path.join(os.tmpdir(), 'daxfleet-ansible-'))
  const settings = path.join(home, 'ansible.cfg')
  fs.writeFileSync(settings, '')
  const { stdout } = await promisify(execFile)('ansible-inventory', ['-i', file, '--list'], {
    env: {
      NODE_ENV: 'test',
      PATH: process.env.PATH,
      HOME: home,
      LANG: 'C.UTF-8',
      ANSIBLE_CONFIG: settings,
      ANSIBLE_INVENTORY_ENABLED: 'ini,yaml',
      ANSIBLE_LOCALHOST_WARNING: 'false',
    },
    maxBuffer: 16 * 1024 * 1024,
  })
  fs.rmSync(home, { recursive: true })
  return JSON.parse(stdout) as Listed
}

/** As our labels would show the value; what is no single value is told by its kind. */
function shown(value: unknown): string {
  if (value === null) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object' && '__ansible_unsafe' in value) return shown(value.__ansible_unsafe)
  return typeof value === 'object' ? 'a mapping' : String(value)
}

/** Every group of every host, from groups and their children. */
function membership({ _meta, ...groups }: Listed): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>()
  const visit = (name: string, above: readonly string[]): void => {
    const group = groups[name] as { hosts?: string[]; children?: string[] } | undefined
    const path = name === 'all' || name === 'ungrouped' ? above : [...above, name]
    for (const host of group?.hosts ?? []) found.set(host, new Set([...(found.get(host) ?? []), ...path]))
    for (const child of group?.children ?? []) visit(child, path)
  }
  visit('all', [])
  return found
}

describe('an Ansible inventory', () => {
  it.each(['fleet.ini', 'fleet.yaml'])('%s is read as Ansible itself reads it', async (name) => {
    const file = path.join(folder, name)
    const theirs = await listed(file)
    const format = name.endsWith('.ini') ? 'ansible_ini' : 'ansible_yaml'
    const { inventory, faults } = readInventory(format, [{ name, text: fs.readFileSync(file, 'utf8') }])
    expect(faults).toEqual([])

    const groups = membership(theirs)
    expect([...inventory.hosts.keys()].toSorted()).toEqual([...groups.keys()].toSorted())
    for (const host of inventory.hosts.values()) {
      expect([host.name, [...inventory.groupsOf(host)].toSorted()]).toEqual([
        host.name,
        [...(groups.get(host.name) ?? [])].toSorted(),
      ])
      const expected = Object.entries(theirs._meta.hostvars[host.name] ?? {}).map(([key, value]) => [
        key,
        shown(value),
      ])
      const ours = [...inventory.variablesOf(host)].map(([key, value]) => [
        key,
        value.type === 'text' ? value.text : value.what,
      ])
      expect([host.name, Object.fromEntries(ours)]).toEqual([host.name, Object.fromEntries(expected)])
    }
  })
})
