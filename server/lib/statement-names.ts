import { createHash } from 'node:crypto'

/** Statements that get a name: each takes memory in every backend for as long as its connection lives. */
const MOST = 500
/** A text whose length hangs on its values (a list of so many parameters) comes once and never again. */
const TIMES = 3

/**
 * Names statements, so that Postgres parses and plans a text once a connection instead of each time: for statements as
 * short as ours that is half of what they cost it. Only what keeps coming gets a name, and only so many: `null` means
 * unnamed. A text has the same name in every process, which makes logs of Postgres readable side by side.
 */
export function createStatementNames(most = MOST): (text: string) => string | null {
  const names = new Map<string, string>()
  const seen = new Map<string, number>()
  return (text) => {
    const known = names.get(text)
    if (known !== undefined) return known
    if (names.size >= most) return null
    const times = (seen.get(text) ?? 0) + 1
    if (times < TIMES) {
      if (seen.size >= 2 * most) seen.clear()
      seen.set(text, times)
      return null
    }
    seen.delete(text)
    const name = `daxfleet_${createHash('sha256').update(text).digest('base64url').slice(0, 22)}`
    names.set(text, name)
    return name
  }
}

/** Of this process: what one pool has learned is true of every other. */
export const statementName = createStatementNames()
