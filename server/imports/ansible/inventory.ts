import { excerpt, ImportRefusal } from '../candidate'
import { maxImportHosts } from '../schema'
import type { Value } from './values'

/** Of groups in groups. */
const maxGroupDepth = 200

export interface Place {
  source: string
  line: number
  text: string
}

interface Group {
  name: string
  parents: Set<string>
  variables: Map<string, Value>
  /** Among groups of one depth, the higher is heard last. */
  priority: number
}

export interface InventoryHost extends Place {
  name: string
  groups: Set<string>
  variables: Map<string, Value>
}

/** Hosts, groups and variables of one inventory, put together from one or several files as Ansible does. */
export class Inventory {
  readonly hosts = new Map<string, InventoryHost>()
  private readonly groups = new Map<string, Group>()

  constructor() {
    for (const name of ['all', 'ungrouped']) this.group(name)
  }

  hasGroup(name: string): boolean {
    return this.groups.has(name)
  }

  group(name: string): Group {
    const known = this.groups.get(name)
    if (known !== undefined) return known
    const group: Group = { name, parents: new Set(), variables: new Map(), priority: 1 }
    this.groups.set(name, group)
    return group
  }

  addChild(parent: string, child: string): void {
    if (parent === child || this.ancestorsOf(parent).has(child))
      throw new ImportRefusal(
        `The groups ${parent} and ${child} are each inside the other.`,
        'Take one of them out of the other’s children.',
      )
    this.group(child).parents.add(this.group(parent).name)
  }

  setGroupVariable(group: string, key: string, value: Value): void {
    const found = this.group(group)
    if (key === 'ansible_group_priority' && value.type === 'text') found.priority = Number(value.text) || 0
    else found.variables.set(key, value)
  }

  /** The first line that names a host is where it is said to stand; its port counts then, as in Ansible. */
  host(name: string, place: Place, port: Value | null): InventoryHost {
    const known = this.hosts.get(name)
    if (known !== undefined) return known
    if (this.hosts.size >= maxImportHosts)
      throw new ImportRefusal(
        `The inventory has more than ${maxImportHosts} hosts, which is what an import takes.`,
        'Import it in parts.',
      )
    const host: InventoryHost = {
      name,
      ...place,
      text: excerpt(place.text),
      groups: new Set(),
      variables: new Map(port === null ? [] : [['ansible_port', port]]),
    }
    this.hosts.set(name, host)
    return host
  }

  /** All groups a host is in, those above its own included, without `all` and `ungrouped`. */
  groupsOf(host: InventoryHost): Set<string> {
    const found = new Set<string>()
    for (const name of host.groups) {
      found.add(name)
      for (const ancestor of this.ancestorsOf(name)) found.add(ancestor)
    }
    found.delete('all')
    found.delete('ungrouped')
    return found
  }

  /** A host's variables over its groups': the deeper group, the higher priority, the later name is heard last. */
  variablesOf(host: InventoryHost): Map<string, Value> {
    const groups = [...this.groupsOf(host)].map((name) => this.group(name))
    groups.sort(
      (a, b) =>
        this.depthOf(a.name) - this.depthOf(b.name) || a.priority - b.priority || (a.name < b.name ? -1 : 1),
    )
    if (groups.length === 0) groups.push(this.group('ungrouped'))
    const merged = new Map(this.group('all').variables)
    for (const { variables } of groups) for (const [key, value] of variables) merged.set(key, value)
    for (const [key, value] of host.variables) merged.set(key, value)
    return merged
  }

  private readonly depths = new Map<string, number>()

  private depthOf(name: string, below = 0): number {
    const known = this.depths.get(name)
    if (known !== undefined) return known
    if (below > maxGroupDepth)
      throw new ImportRefusal(`Groups are nested more than ${maxGroupDepth} deep.`, 'Flatten them.')
    // `all` is above every group, whether that is written down or not.
    const parents = [...this.group(name).parents].filter((parent) => parent !== 'all')
    const depth = Math.max(0, ...parents.map((parent) => this.depthOf(parent, below + 1) + 1))
    this.depths.set(name, depth)
    return depth
  }

  private ancestorsOf(name: string): Set<string> {
    const found = new Set<string>()
    const open = [...(this.groups.get(name)?.parents ?? [])]
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (found.has(next)) continue
      found.add(next)
      open.push(...(this.groups.get(next)?.parents ?? []))
    }
    return found
  }
}
