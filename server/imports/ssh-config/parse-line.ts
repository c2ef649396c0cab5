import { parse } from 'ssh-config'

export interface Directive {
  /** In lower case. */
  keyword: string
  /** Words of Host, Match, Include and others that take several; quotes are gone. */
  words: string[]
}

/**
 * One line of an ssh_config; null for what is blank or a comment. Only `parse` of the library is used, and line by line:
 * it reads quotes and separators, while its `compute` would run the commands of `Match exec` through a shell. Throws
 * where the line cannot be read.
 */
export function parseLine(line: string): Directive | null {
  const text = line.trim()
  if (text === '' || text.startsWith('#')) return null
  const [found] = parse(text)
  if (found === undefined || !('param' in found) || found.param === '') return null
  const { param, value } = found
  const keyword = param.toLowerCase()
  const words = typeof value === 'string' ? [value] : value.map(({ val }) => val)
  // These three are lists to ssh even where the library takes them for one text.
  const isList = keyword === 'host' || keyword === 'match' || keyword === 'include'
  return { keyword, words: isList && typeof value === 'string' ? splitUnquoted(value, line) : words }
}

function splitUnquoted(value: string, line: string): string[] {
  return line.includes('"') ? [value] : value.split(/\s+/).filter((word) => word !== '')
}
