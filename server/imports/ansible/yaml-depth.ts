/**
 * True where a YAML text nests deeper than `limit`, told without parsing it. Parsers go down by recursion, and V8 does not
 * always survive the end of its stack: an expression compiled there ends the process instead of throwing.
 */
export function isDeeperThan(limit: number, text: string): boolean {
  return brackets(text) > limit || indents(text) > limit
}

/** The most brackets open at once. Those inside quotes count too: nobody has that many. */
function brackets(text: string): number {
  let [open, most] = [0, 0]
  for (const bracket of text.match(/[[\]{}]/g) ?? []) {
    open = bracket === '[' || bracket === '{' ? open + 1 : Math.max(0, open - 1)
    most = Math.max(most, open)
  }
  return most
}

/** The most indentations inside each other; every `- ` and `? ` in front of a line is one of its own. */
function indents(text: string): number {
  const columns: number[] = []
  let most = 0
  for (const line of text.split(/[\r\n]+/)) {
    const marks = /^[ \t]*((?:[-?:][ \t]+)*)/.exec(line)
    const [lead = '', inline = ''] = marks ?? []
    const column = lead.length - inline.length
    if (column === line.length) continue
    while ((columns.at(-1) ?? -1) >= column) columns.pop()
    columns.push(column)
    most = Math.max(most, columns.length + (inline.match(/[-?:]/g)?.length ?? 0))
  }
  return most
}
