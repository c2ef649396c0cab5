/** The dark modules of a code as one SVG path, a unit each: a rectangle for every run of them in a row. */
export function pathOfModules(modules: readonly (readonly boolean[])[]): string {
  const parts: string[] = []
  for (const [y, row] of modules.entries()) {
    for (let x = 0; x < row.length; x++) {
      if (row[x] !== true) continue
      const from = x
      while (row[x + 1] === true) x++
      parts.push(`M${from} ${y}h${x + 1 - from}v1h-${x + 1 - from}z`)
    }
  }
  return parts.join('')
}
