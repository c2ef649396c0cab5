import type { Candidate, HostDraft, Reading } from '../candidate'
import { nameFor } from '../read-list'
import type { ImportNotice, ImportSource } from '../schema'
import { type Alias, type Block, type Condition, readBlocks, type SshConfig } from './blocks'
import { isLiteral, matchesPatterns } from './glob'

/**
 * A host for each name after `Host` that holds no wildcard, with what ssh would take for it: the first value that
 * applies. Nothing is run and no file is opened.
 */
export function readSshConfig(sources: readonly ImportSource[]): Reading {
  const config = readBlocks(sources)
  const blocksFor = indexOf(config)
  const notices = [...config.notices]
  const candidates = config.aliases.map((alias): Candidate => {
    const options = optionsOf(alias.name, blocksFor(alias.name))
    return candidateOf(alias, options, notices)
  })
  const faults = config.faults.map(({ reason, ...at }): Candidate => ({ ...at, draft: reason, jump: null }))
  return { candidates: [...candidates, ...faults], notices, variables: [] }
}

function candidateOf(alias: Alias, options: Map<string, string>, notices: ImportNotice[]): Candidate {
  const { name, ...at } = alias
  const address = expand(options.get('hostname') ?? '%h', { h: name, n: name })
  const username = options.get('user') ?? null
  const port = options.get('port') ?? null
  const jump = expand(options.get('proxyjump') ?? 'none', {
    h: address ?? name,
    n: name,
    p: port ?? '22',
    ...(username === null ? {} : { r: username }),
  })
  // Of the two, ssh takes the one that comes first; `optionsOf` has kept that one.
  if (options.has('proxycommand') && options.get('proxycommand') !== 'none')
    notices.push({
      source: at.source,
      line: at.line,
      message: `${name} is reached by a ProxyCommand, which is never run. Give a ProxyJump instead, if there is one.`,
    })
  const draft: HostDraft | string =
    address === null
      ? `HostName ${options.get('hostname')} holds a token that has no value here.`
      : jump === null
        ? `ProxyJump ${options.get('proxyjump')} holds a token that has no value here.`
        : { name: nameFor(name), address, port, username, labels: {} }
  return { ...at, draft, jump: jump === null || jump.toLowerCase() === 'none' ? null : jump }
}

/** Every `%x` by its value; null where one has none. */
function expand(text: string, values: Readonly<Record<string, string>>): string | null {
  let isKnown = true
  const expanded = text.replaceAll(/%(.?)/g, (_all, token: string) => {
    const value = token === '%' ? '%' : values[token]
    if (value === undefined) isKnown = false
    return value ?? ''
  })
  return isKnown ? expanded : null
}

/** For each option its first value among the blocks that apply, in their order. */
function optionsOf(alias: string, blocks: readonly Block[]): Map<string, string> {
  const options = new Map<string, string>()
  for (const block of blocks) {
    if (!block.conditions.every((condition) => holds(condition, alias, options))) continue
    for (const [keyword, value] of block.options) {
      const isProxy = keyword === 'proxyjump' || keyword === 'proxycommand'
      const isTaken = isProxy ? options.has('proxyjump') || options.has('proxycommand') : options.has(keyword)
      if (!isTaken) options.set(keyword, value)
    }
  }
  return options
}

function holds(condition: Condition, alias: string, options: ReadonlyMap<string, string>): boolean {
  switch (condition.type) {
    case 'never':
      return false
    case 'host':
      return matchesPatterns(condition.patterns, alias)
    case 'match':
      return condition.tests.every(({ by, patterns, negated }) => {
        // `host` is the name after HostName so far, as in match_cfg_line of readconf.c.
        const host = expand(options.get('hostname') ?? '%h', { h: alias, n: alias }) ?? alias
        const text = by === 'originalhost' ? alias : by === 'host' ? host : options.get('user')
        return text !== undefined && matchesPatterns(patterns, text) !== negated
      })
  }
}

/**
 * The blocks that could apply to a name, in their order. A block for certain names is found by them: ten thousand hosts
 * against ten thousand blocks would be looked through for minutes.
 */
function indexOf(config: SshConfig): (alias: string) => Block[] {
  const byName = new Map<string, number[]>()
  const general: number[] = []
  for (const [index, { conditions, options }] of config.blocks.entries()) {
    if (options.size === 0) continue
    const own = conditions.at(-1)
    if (own?.type === 'host' && own.patterns.every(isLiteral)) {
      for (const pattern of new Set(own.patterns)) {
        const found = byName.get(pattern)
        if (found === undefined) byName.set(pattern, [index])
        else found.push(index)
      }
    } else if (own?.type !== 'never') general.push(index)
  }
  return (alias) =>
    [...(byName.get(alias) ?? []), ...general]
      .sort((a, b) => a - b)
      .flatMap((index) => config.blocks[index] ?? [])
}
