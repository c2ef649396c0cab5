import { readFileSync } from 'node:fs'
import path from 'node:path'

/** One import of one file: what it names, and whether only types cross. */
export interface Import {
  file: string
  line: number
  specifier: string
  /** Path from the project's root without extension for our own files, else the package's name. */
  target: string
  typeOnly: boolean
}

const importPattern =
  /(?:^|\n)\s*(?:import|export)\s+(type\s+)?(?:[^'"`;]*?\sfrom\s+)?['"]([^'"\n]+)['"]|(?:import|require)\(\s*['"]([^'"\n]+)['"]\s*\)/g

/** Reads a file's static and dynamic imports as text; comments at the line's start are passed over. */
export function readImports(root: string, file: string): Import[] {
  const text = readFileSync(path.join(root, file), 'utf8').replace(/^\s*(\/\/|\*).*$/gm, '')
  const found: Import[] = []
  for (const match of text.matchAll(importPattern)) {
    const specifier = match[2] ?? match[3]
    if (specifier === undefined) continue
    const line = text.slice(0, match.index).split('\n').length
    found.push({
      file,
      line,
      specifier,
      target: resolveTarget(file, specifier),
      typeOnly: match[1] !== undefined,
    })
  }
  return found
}

function resolveTarget(file: string, specifier: string): string {
  const own = specifier.startsWith('@/')
    ? specifier.slice(2)
    : specifier.startsWith('.')
      ? path.posix.join(path.posix.dirname(file), specifier)
      : null
  if (own !== null) return own.replace(/\.(ts|tsx|mjs|js)$/, '')
  const parts = specifier.replace(/^node:/, 'node:').split('/')
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? specifier)
}
