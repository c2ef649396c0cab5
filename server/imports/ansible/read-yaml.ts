import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  LineCounter,
  type Node,
  parseDocument,
  visit,
} from 'yaml'
import { type Candidate, excerpt, ImportRefusal, linesOf } from '../candidate'
import type { ImportNotice, ImportSource } from '../schema'
import type { Inventory } from './inventory'
import { expandHostPattern } from './ranges'
import { otherValue, textValue, type Value } from './values'
import { isDeeperThan } from './yaml-depth'
import { ansibleTags, Vaulted } from './yaml-tags'

/** Aliases may repeat what they stand for without end: so many nodes are looked at. */
const maxNodes = 500_000
const maxDepth = 100

/** Reads one YAML inventory into `inventory`. */
export function readYaml(
  source: ImportSource,
  inventory: Inventory,
): { faults: Candidate[]; notices: ImportNotice[] } {
  if (source.text.trimStart().startsWith('$ANSIBLE_VAULT'))
    throw new ImportRefusal(
      `${source.name} is encrypted by Ansible Vault.`,
      'Decrypt it first, or give another file.',
    )
  const lines = new LineCounter()
  const document = parse(source, lines)
  const reader = new YamlReader(source, inventory, document, lines)
  const [error] = document.errors
  if (error !== undefined)
    throw new ImportRefusal(
      `${source.name} is no YAML: ${error.message} (line ${lines.linePos(error.pos[0]).line}).`,
      'Mend that line, or choose another format.',
    )
  reader.read()
  return { faults: reader.faults, notices: reader.notices }
}

function parse(source: ImportSource, lineCounter: LineCounter): Document.Parsed {
  if (isDeeperThan(maxDepth, source.text))
    throw new ImportRefusal(
      `${source.name} nests more than ${maxDepth} deep.`,
      'Flatten it, or choose another format.',
    )
  return parseDocument(source.text, {
    schema: 'failsafe',
    customTags: ansibleTags,
    // As Ansible does, the last of two equal keys counts.
    uniqueKeys: false,
    lineCounter,
    prettyErrors: false,
  })
}

/** What each alias stands for, found in one walk: the library would look through the whole document for each. */
function aliasTargets(document: Document.Parsed): Map<Alias, Node> {
  const anchors = new Map<string, Node>()
  const targets = new Map<Alias, Node>()
  visit(document, {
    Alias(_key, alias) {
      const target = anchors.get(alias.source)
      if (target !== undefined) targets.set(alias, target)
    },
    Value(_key, node) {
      if (node.anchor !== undefined) anchors.set(node.anchor, node)
    },
  })
  return targets
}

type Entry = { key: string; keyNode: Node | null; value: Node | null }

class YamlReader {
  readonly faults: Candidate[] = []
  readonly notices: ImportNotice[] = []
  private readonly texts: string[]
  private readonly targets: ReadonlyMap<Alias, Node>
  private nodes = 0

  constructor(
    private readonly source: ImportSource,
    private readonly inventory: Inventory,
    private readonly document: Document.Parsed,
    private readonly lines: LineCounter,
  ) {
    this.texts = linesOf(source.text)
    this.targets = aliasTargets(document)
  }

  read(): void {
    for (const warning of this.document.warnings)
      this.note(this.lines.linePos(warning.pos[0]).line, warning.message)
    const groups = this.entriesOf(this.document.contents)
    if (groups === null)
      throw new ImportRefusal(
        `${this.source.name} is no inventory: on top stand groups, each with hosts, children or vars.`,
        'Choose another format, or another file.',
      )
    if (groups.some(({ key }) => key === 'plugin'))
      throw new ImportRefusal(
        `${this.source.name} configures an inventory plugin, which is not run here.`,
        'Give what ansible-inventory --list --yaml prints for it.',
      )
    for (const { key, keyNode, value } of groups) this.readGroup(key, keyNode, value, 0)
  }

  private readGroup(name: string, at: Node | null, data: Node | null, depth: number): void {
    if (depth > maxDepth)
      throw new ImportRefusal(`${this.source.name} nests groups more than ${maxDepth} deep.`, 'Flatten it.')
    const entries = this.resolve(data) === null || this.isNothing(data) ? [] : this.entriesOf(data)
    if (entries === null) {
      this.fail(at, `The group ${name} is no mapping of hosts, children and vars.`)
      return
    }
    this.inventory.group(name)
    for (const { key, keyNode, value } of entries) {
      if (key === 'hosts') this.readHosts(name, keyNode, value)
      else if (key === 'children') {
        for (const child of this.members(keyNode, value, `children of ${name}`)) {
          this.readGroup(child.key, child.keyNode, child.value, depth + 1)
          if (this.inventory.hasGroup(child.key)) this.inventory.addChild(name, child.key)
        }
      } else if (key === 'vars') {
        for (const variable of this.members(keyNode, value, `vars of ${name}`))
          this.inventory.setGroupVariable(name, variable.key, this.valueOf(variable))
      } else
        this.note(this.lineOf(keyNode), `${key} in the group ${name} is neither hosts, children nor vars.`)
    }
  }

  private readHosts(group: string, at: Node | null, data: Node | null): void {
    for (const { key, keyNode, value } of this.members(at, data, `hosts of ${group}`)) {
      if (isScalar(keyNode) && keyNode.type === 'PLAIN' && keyNode.source !== key) {
        this.fail(keyNode, `${keyNode.source} is a number or boolean to YAML: put quotes around the name.`)
        continue
      }
      const pattern = expandHostPattern(key)
      if (typeof pattern === 'string') {
        this.fail(keyNode, pattern)
        continue
      }
      const line = this.lineOf(keyNode)
      const place = { source: this.source.name, line, text: this.texts[line - 1] ?? '' }
      const port = pattern.port === null ? null : textValue(String(pattern.port))
      const variables = this.isNothing(value) ? [] : this.members(keyNode, value, `variables of ${key}`)
      for (const name of pattern.names) {
        const host = this.inventory.host(name, place, port)
        host.groups.add(group)
        for (const variable of variables) host.variables.set(variable.key, this.valueOf(variable))
      }
    }
  }

  /** The entries of what must be a mapping; one name alone stands for itself, as in Ansible. */
  private members(at: Node | null, data: Node | null, what: string): Entry[] {
    const node = this.resolve(data)
    if (node === null || this.isNothing(node)) return []
    if (isScalar(node) && typeof node.value === 'string')
      return [{ key: node.value, keyNode: node, value: null }]
    const entries = this.entriesOf(node)
    if (entries === null)
      this.fail(at, `The ${what} are no mapping: each stands on a line of its own, with a colon.`)
    return entries ?? []
  }

  /** Of a mapping, what is merged into it by `<<` first, so that its own keys count. Null for anything else. */
  private entriesOf(data: Node | null, depth = 0): Entry[] | null {
    const node = this.resolve(data)
    if (!isMap(node)) return null
    const merged: Entry[] = []
    const own: Entry[] = []
    for (const { key, value } of node.items) {
      this.count()
      const keyNode = this.resolve(key as Node | null)
      const text = isScalar(keyNode) ? keyNode.value : undefined
      const entry = { key: text === null ? '' : String(text), keyNode, value: value as Node | null }
      if (text === undefined) this.fail(keyNode, 'A key here is no name.')
      else if (text === '<<' && depth < maxDepth)
        merged.push(...(this.entriesOf(entry.value, depth + 1) ?? []))
      else own.push(entry)
    }
    return [...merged, ...own]
  }

  private valueOf({ value }: Entry): Value {
    const node = this.resolve(value)
    if (node === null) return otherValue('nothing')
    if (!isScalar(node)) return otherValue(isMap(node) ? 'a mapping' : 'a list')
    if (node.value === null) return otherValue('nothing')
    if (node.value instanceof Vaulted) return otherValue('encrypted by Ansible Vault')
    return textValue(String(node.value))
  }

  private resolve(node: Node | null | undefined): Node | null {
    this.count()
    return (isAlias(node) ? this.targets.get(node) : node) ?? null
  }

  private isNothing(node: Node | null): boolean {
    const resolved = this.resolve(node)
    return resolved === null || (isScalar(resolved) && resolved.value === null)
  }

  private count(): void {
    this.nodes += 1
    if (this.nodes > maxNodes)
      throw new ImportRefusal(`${this.source.name} repeats itself too often by its aliases.`, 'Write it out.')
  }

  private lineOf(node: Node | null): number {
    const offset = node?.range?.[0]
    return offset === undefined ? 1 : this.lines.linePos(offset).line
  }

  private fail(at: Node | null, draft: string): void {
    const line = this.lineOf(at)
    const text = excerpt(this.texts[line - 1] ?? '')
    this.faults.push({ source: this.source.name, line, text, draft, jump: null })
  }

  private note(line: number, message: string): void {
    this.notices.push({ source: this.source.name, line, message })
  }
}
