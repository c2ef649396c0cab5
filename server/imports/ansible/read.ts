import type { Candidate, HostDraft, Reading } from '../candidate'
import { nameFor } from '../read-list'
import type { AnsibleLabels, ImportNotice, ImportSource } from '../schema'
import { Inventory, type InventoryHost } from './inventory'
import { readIni } from './read-ini'
import { readYaml } from './read-yaml'
import type { Value } from './values'

/** Of the variables found, so many are offered as labels. */
const offeredVariables = 200

/** The hosts of an inventory, of one file or of several that Ansible would be given together. Templates are not filled. */
export function readAnsible(
  format: 'ansible_ini' | 'ansible_yaml',
  sources: readonly ImportSource[],
  labels: AnsibleLabels,
): Reading {
  const { inventory, faults, notices } = readInventory(format, sources)
  const counts = new Map<string, number>()
  const candidates = [...inventory.hosts.values()].map((host): Candidate => {
    const variables = inventory.variablesOf(host)
    for (const [name, value] of variables)
      if (value.type === 'text' && !name.startsWith('ansible_')) counts.set(name, (counts.get(name) ?? 0) + 1)
    const { source, line, text } = host
    const connection = connectionOf(host, variables)
    if (typeof connection === 'string') return { source, line, text, draft: connection, jump: null }
    const { jump, ...place } = connection
    const draft = { ...place, labels: labelsOf(inventory, host, variables, labels, notices) }
    return { source, line, text, draft, jump }
  })
  const variables = [...counts].map(([name, hosts]) => ({ name, hosts }))
  variables.sort((a, b) => b.hosts - a.hosts || a.name.localeCompare(b.name))
  return { candidates: [...candidates, ...faults], notices, variables: variables.slice(0, offeredVariables) }
}

/** As read, before anything of it is chosen. */
export function readInventory(format: 'ansible_ini' | 'ansible_yaml', sources: readonly ImportSource[]) {
  const inventory = new Inventory()
  const faults: Candidate[] = []
  const notices: ImportNotice[] = []
  for (const source of sources) {
    if (format === 'ansible_ini') faults.push(...readIni(source, inventory))
    else {
      const read = readYaml(source, inventory)
      faults.push(...read.faults)
      notices.push(...read.notices)
    }
  }
  return { inventory, faults, notices }
}

type Connection = Omit<HostDraft, 'labels'> & { jump: string | null }

function connectionOf(host: InventoryHost, variables: ReadonlyMap<string, Value>): Connection | string {
  const read = (names: readonly string[]): { text: string | null } | { fault: string } => {
    for (const name of names) {
      const value = variables.get(name)
      if (value === undefined || (value.type === 'other' && value.what === 'nothing')) continue
      if (value.type === 'other') return { fault: `${name} is ${value.what}.` }
      if (value.text.includes('{{')) return { fault: `${name} is a template, which is not filled in here.` }
      return { text: value.text }
    }
    return { text: null }
  }
  const connection = read(['ansible_connection'])
  const address = read(['ansible_host', 'ansible_ssh_host'])
  const port = read(['ansible_port', 'ansible_ssh_port'])
  const username = read(['ansible_user', 'ansible_ssh_user'])
  const options = read(['ansible_ssh_common_args'])
  for (const each of [connection, address, port, username, options]) if ('fault' in each) return each.fault
  const text = (value: typeof address) => ('text' in value ? value.text : null)
  const way = text(connection)
  if (way !== null && !/^(ssh|smart|paramiko|paramiko_ssh)$/.test(way))
    return `Ansible reaches it by ${way}: Daxfleet goes by SSH.`
  return {
    name: nameFor(host.name),
    address: text(address) ?? host.name,
    port: text(port),
    username: text(username),
    jump: jumpOf(text(options) ?? ''),
  }
}

/** `-J host` or `-o ProxyJump=host` among the options for ssh. */
function jumpOf(options: string): string | null {
  return /(?:^|\s)(?:-J\s*|-o\s*["']?ProxyJump[=\s]\s*)([^\s"']+)/i.exec(options)?.[1] ?? null
}

function labelsOf(
  inventory: Inventory,
  host: InventoryHost,
  variables: ReadonlyMap<string, Value>,
  { variables: chosen, groups }: AnsibleLabels,
  notices: ImportNotice[],
): Record<string, string> {
  const labels: Record<string, string> = {}
  if (groups) for (const group of inventory.groupsOf(host)) labels[`group/${group}`] = 'yes'
  for (const name of chosen) {
    const value = variables.get(name)
    if (value === undefined) continue
    const { source, line } = host
    if (value.type === 'other')
      notices.push({ source, line, message: `${host.name}: ${name} is ${value.what}, and becomes no label.` })
    else if (value.text.includes('{{'))
      notices.push({ source, line, message: `${host.name}: ${name} is a template, and becomes no label.` })
    else labels[name] = value.text
  }
  return labels
}
