/** One use of next/dynamic that does not say what stands there meanwhile. */
export interface DeferredFault {
  line: number
  message: string
}

export const deferredWhy =
  'A part that comes later and says nothing of the meantime suspends the page around it: name ssr: false or loading.'

const importPattern = /import\s+([^'"]+?)\s+from\s+(['"])next\/dynamic\2/g

/**
 * What is wrong with a file's uses of next/dynamic: outside app/, taken in another way than by its default import, handed
 * on instead of called, or called without `ssr: false` or `loading`. Read as text, without comments and strings.
 */
export function findDeferredFaults(file: string, source: string): DeferredFault[] {
  if (!source.includes('next/dynamic')) return []
  const bare = blank(source)
  const imports = [...source.matchAll(importPattern)].filter(({ index }) => bare.startsWith('import', index))
  const faults: DeferredFault[] = []
  const say = (index: number, message: string) =>
    faults.push({ line: source.slice(0, index).split('\n').length, message })

  for (const { index } of source.matchAll(/(?:import|require)\s*\(\s*(['"])next\/dynamic\1/g))
    if (/^(import|require)/.test(bare.slice(index)))
      say(index, 'next/dynamic is taken by its default import, where it can be seen')
  for (const found of imports) {
    const [statement, name = ''] = found
    if (!file.startsWith('app/')) say(found.index, 'next/dynamic is for screens, which are in app/')
    if (!/^[\w$]+$/.test(name)) {
      say(found.index, 'next/dynamic is taken by its default import, where it can be seen')
      continue
    }
    const after = found.index + statement.length
    for (const use of bare.matchAll(
      new RegExp(`(?<![\\w$.])${name.replaceAll('$', '\\$')}(?![\\w$])`, 'g'),
    )) {
      if (use.index >= found.index && use.index < after) continue
      const call = argumentsAt(bare, use.index + name.length)
      if (call === null) say(use.index, `${name} is called where it stands, and not handed on`)
      else if (!/\bssr:\s*false\b|\bloading\b\s*[:,}]/.test(call[1] ?? ''))
        say(use.index, `${name}() names neither ssr: false nor loading`)
    }
  }
  return faults
}

/** The arguments of a call whose parenthesis (or type argument) begins at `from`; null when none does. */
function argumentsAt(bare: string, from: number): string[] | null {
  const opening = /^\s*(?:<[^()]*>\s*)?\(/.exec(bare.slice(from))
  if (opening === null) return null
  const found: string[] = []
  let depth = 1
  let start = from + opening[0].length
  for (let at = start; at < bare.length; at++) {
    const character = bare[at] ?? ''
    if ('([{'.includes(character)) depth += 1
    if (')]}'.includes(character)) depth -= 1
    if (depth === 0 || (depth === 1 && character === ',')) {
      found.push(bare.slice(start, at))
      start = at + 1
    }
    if (depth === 0) return found
  }
  return found
}

/** The same text with comments and strings blanked out, so that every place keeps its number. */
function blank(source: string): string {
  const quiet = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`/g
  return source.replace(quiet, (text) => text.replace(/[^\n]/g, ' '))
}
