import { type Candidate, excerpt, ImportRefusal, linesOf } from '../candidate'
import type { ImportSource } from '../schema'
import type { Inventory } from './inventory'
import { expandHostPattern } from './ranges'
import { iniValue, textValue, type Value } from './values'
import { shellWords } from './words'

type SectionKind = 'hosts' | 'children' | 'vars'

/** Reads one INI inventory into `inventory`. Lines that cannot be read come back; Ansible would refuse the whole file. */
export function readIni(source: ImportSource, inventory: Inventory): Candidate[] {
  if (source.text.trimStart().startsWith('$ANSIBLE_VAULT'))
    throw new ImportRefusal(
      `${source.name} is encrypted by Ansible Vault.`,
      'Decrypt it first, or give another file.',
    )
  const reader = new IniReader(source, inventory)
  for (const [index, line] of linesOf(source.text).entries()) reader.take(index + 1, line.trim())
  reader.end()
  return reader.faults
}

class IniReader {
  readonly faults: Candidate[] = []
  private group = 'ungrouped'
  private kind: SectionKind = 'hosts'
  /** Groups that were named, and where; those with nothing but variables must be made elsewhere. */
  private readonly awaited = new Map<string, { line: number; reason: string }>()
  private readonly children: { parent: string; child: string }[] = []
  private readonly variables: { group: string; key: string; value: Value }[] = []

  constructor(
    private readonly source: ImportSource,
    private readonly inventory: Inventory,
  ) {}

  take(line: number, text: string): void {
    if (text === '' || text.startsWith('#') || text.startsWith(';')) return
    const fault = this.read(line, text)
    if (fault !== null) this.fail(line, text, fault)
  }

  /** What was referred to and never made. */
  end(): void {
    for (const [group, { line, reason }] of this.awaited)
      if (!this.inventory.hasGroup(group)) this.fail(line, `[${group}]`, reason)
    for (const { parent, child } of this.children)
      if (this.inventory.hasGroup(child)) this.inventory.addChild(parent, child)
    for (const { group, key, value } of this.variables)
      if (this.inventory.hasGroup(group)) this.inventory.setGroupVariable(group, key, value)
  }

  private fail(line: number, text: string, draft: string): void {
    this.faults.push({ source: this.source.name, line, text: excerpt(text), draft, jump: null })
  }

  private read(line: number, text: string): string | null {
    const section = /^\[([^:\]\s]+)(?::(\w+))?\]\s*(?:#.*)?$/.exec(text)
    if (section !== null) return this.begin(line, section[1] ?? '', section[2] ?? 'hosts')
    if (text.startsWith('[') && text.endsWith(']'))
      return 'A section is [group], [group:children] or [group:vars], without spaces.'
    if (this.kind === 'hosts') return this.takeHosts(line, text)
    return this.kind === 'vars' ? this.takeVariable(text) : this.takeChild(line, text)
  }

  private begin(line: number, group: string, kind: string): string | null {
    if (kind !== 'hosts' && kind !== 'children' && kind !== 'vars')
      return `There are no sections of kind ${kind}: they are [group], [group:children] and [group:vars].`
    this.group = group
    this.kind = kind
    if (kind !== 'vars') this.inventory.group(group)
    else if (!this.inventory.hasGroup(group))
      this.awaited.set(group, { line, reason: `There are variables of a group ${group}, but no such group.` })
    return null
  }

  private takeHosts(line: number, text: string): string | null {
    const words = shellWords(text)
    if (words === null) return 'A quote is opened and not closed.'
    const [first = '', ...assignments] = words
    if (first === '---') return 'This looks like YAML: choose that format.'
    const pattern = expandHostPattern(first)
    if (typeof pattern === 'string') return pattern
    const odd = assignments.find((word) => !word.includes('='))
    if (odd !== undefined) return `${odd} is no variable: after a host come variables as key=value.`
    const port = pattern.port === null ? null : textValue(String(pattern.port))
    for (const name of pattern.names) {
      const host = this.inventory.host(name, { source: this.source.name, line, text }, port)
      host.groups.add(this.group)
      for (const word of assignments) {
        const at = word.indexOf('=')
        host.variables.set(word.slice(0, at), iniValue(word.slice(at + 1)))
      }
    }
    return null
  }

  private takeVariable(text: string): string | null {
    const at = text.indexOf('=')
    if (at < 0) return 'A variable is key=value.'
    const [key, value] = [text.slice(0, at).trim(), iniValue(text.slice(at + 1).trim())]
    this.variables.push({ group: this.group, key, value })
    return null
  }

  private takeChild(line: number, text: string): string | null {
    const child = /^([^:\]\s]+)\s*(?:#.*)?$/.exec(text)?.[1]
    if (child === undefined) return 'Under children stands the name of one group a line.'
    this.children.push({ parent: this.group, child })
    this.awaited.set(child, {
      line,
      reason: `${this.group} has ${child} among its children, but there is no such group.`,
    })
    return null
  }
}
