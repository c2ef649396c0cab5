import { excerpt, ImportRefusal, linesOf } from '../candidate'
import type { ImportNotice, ImportSource } from '../schema'
import { isLiteral, matchesGlob } from './glob'
import { parseLine } from './parse-line'

/** `Match` conditions that can be told from the file alone; anything else never holds here, and is said. */
export type MatchTest = { by: 'host' | 'originalhost' | 'user'; patterns: string[]; negated: boolean }

export type Condition =
  | { type: 'host'; patterns: string[] }
  | { type: 'match'; tests: MatchTest[] }
  | { type: 'never' }

/** The lines between one Host or Match and the next, in the order ssh would come by them. */
export interface Block {
  /** All must hold: its own, and those of the blocks that include its file. */
  conditions: Condition[]
  options: Map<string, string>
}

/** A host named without wildcards. */
export interface Alias {
  name: string
  source: string
  line: number
  text: string
}

export interface SshConfig {
  blocks: Block[]
  aliases: Alias[]
  notices: ImportNotice[]
  faults: { source: string; line: number; text: string; reason: string }[]
}

/** As OpenSSH has it (READCONF_MAX_DEPTH in readconf.c). */
const maxIncludeDepth = 16
/** Includes may repeat files: this many lines, however they come about. */
const maxLines = 400_000

/** What is read of a block; the first value of each counts. */
const wanted = new Set(['hostname', 'port', 'user', 'proxyjump', 'proxycommand'])

/** Reads files into blocks. `Include` finds only what was given along; a file that none includes is read by itself. */
export function readBlocks(sources: readonly ImportSource[]): SshConfig {
  const walk = new Walk(sources)
  const included = new Set(sources.flatMap((source) => includesOf(source, sources)))
  const roots = sources.filter((source) => !included.has(source))
  for (const source of roots.length > 0 ? roots : sources.slice(0, 1)) walk.read(source, [], 0)
  return walk.config
}

class Walk {
  readonly config: SshConfig = { blocks: [], aliases: [], notices: [], faults: [] }
  private readonly named = new Set<string>()
  private lines = 0

  constructor(private readonly sources: readonly ImportSource[]) {}

  read(source: ImportSource, outer: readonly Condition[], depth: number): void {
    let block = this.begin([...outer])
    for (const [index, text] of linesOf(source.text).entries()) {
      this.lines += 1
      if (this.lines > maxLines)
        throw new ImportRefusal(
          `The files include each other to more than ${maxLines} lines.`,
          'Give fewer files.',
        )
      const at = { source: source.name, line: index + 1 }
      const directive = this.directiveOf(text, at)
      if (directive === null) continue
      const { keyword, words } = directive
      if (keyword === 'host') {
        block = this.begin([...outer, { type: 'host', patterns: words }])
        for (const name of words.filter(isLiteral)) this.name({ name, ...at, text: excerpt(text) })
      } else if (keyword === 'match') {
        block = this.begin([...outer, this.matchOf(words, at)])
      } else if (keyword === 'include') {
        this.include(source, words, block.conditions, depth, at)
        // What follows belongs to the block that was open, and comes after what was included.
        block = this.begin(block.conditions)
      } else if (wanted.has(keyword) && !block.options.has(keyword)) {
        block.options.set(keyword, words.join(' '))
      }
    }
  }

  private begin(conditions: Condition[]): Block {
    const block: Block = { conditions, options: new Map() }
    this.config.blocks.push(block)
    return block
  }

  private name(alias: Alias): void {
    if (this.named.has(alias.name)) return
    this.named.add(alias.name)
    this.config.aliases.push(alias)
  }

  private directiveOf(text: string, at: { source: string; line: number }) {
    try {
      return parseLine(text)
    } catch {
      const reason = 'The line cannot be read: a quote is not closed, or a value is missing.'
      this.config.faults.push({ ...at, text: excerpt(text), reason })
      return null
    }
  }

  private include(
    source: ImportSource,
    words: readonly string[],
    conditions: readonly Condition[],
    depth: number,
    at: { source: string; line: number },
  ): void {
    for (const word of words) {
      const files = filesFor(word, this.sources).filter((file) => file !== source)
      if (files.length === 0)
        this.config.notices.push({ ...at, message: `Include ${word}: no such file was given along.` })
      else if (depth >= maxIncludeDepth)
        this.config.notices.push({ ...at, message: `Include ${word}: files include each other too deeply.` })
      else for (const file of files) this.read(file, conditions, depth + 1)
    }
  }

  /** A `Match` whose conditions cannot all be told here never holds: its options are for somewhere else. */
  private matchOf(words: readonly string[], at: { source: string; line: number }): Condition {
    const tests: MatchTest[] = []
    for (let index = 0; index < words.length; index += 1) {
      const word = words[index] ?? ''
      const negated = word.startsWith('!')
      const keyword = word.slice(negated ? 1 : 0).toLowerCase()
      if (keyword === 'all') continue
      if (keyword === 'host' || keyword === 'originalhost' || keyword === 'user') {
        index += 1
        tests.push({ by: keyword, patterns: (words[index] ?? '').split(','), negated })
        continue
      }
      const message =
        keyword === 'exec'
          ? 'Match exec: the command was not run and never is; what follows was left out.'
          : `Match ${keyword}: nothing here can tell whether it holds; what follows was left out.`
      this.config.notices.push({ ...at, message })
      return { type: 'never' }
    }
    return { type: 'match', tests }
  }
}

/** The files given along that a path of Include names, by the last part of it: a browser tells no folders. */
function filesFor(word: string, sources: readonly ImportSource[]): ImportSource[] {
  const pattern = word.split('/').at(-1) ?? word
  return sources.filter(({ name }) => matchesGlob(pattern, name.split('/').at(-1) ?? name))
}

function includesOf(source: ImportSource, sources: readonly ImportSource[]): ImportSource[] {
  return linesOf(source.text).flatMap((line) => {
    const words = /^\s*include[\s=]+(.*)$/i.exec(line)?.[1]?.split(/\s+/) ?? []
    return words
      .flatMap((word) => filesFor(word.replaceAll('"', ''), sources))
      .filter((file) => file !== source)
  })
}
