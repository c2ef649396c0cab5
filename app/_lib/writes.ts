export interface SysfsWrite {
  step: string
  path: string
  value: string
  blocks?: readonly (readonly [number, number])[] | undefined
}

/** `{block}` stands for many ids: shown as ranges, `memory{32–38,40}/state`. */
export function writePath(write: SysfsWrite): string {
  if (!write.blocks || write.blocks.length === 0) return write.path
  const spans = write.blocks.map(([first, last]) => (first === last ? `${first}` : `${first}–${last}`))
  const text = spans.length > 6 ? `${spans.slice(0, 5).join(',')},…,${spans.at(-1)}` : spans.join(',')
  return write.path.replace('{block}', `{${text}}`)
}

export function blockCountOf(write: SysfsWrite): number {
  return (write.blocks ?? []).reduce((sum, [first, last]) => sum + last - first + 1, 0)
}

/** As text for a ticket: one write a line, its result where there is one. */
export function writesAsText(writes: readonly (SysfsWrite & { result?: string })[]): string {
  return writes
    .map((write) => [writePath(write), write.value, ...(write.result ? [write.result] : [])].join('\t'))
    .join('\n')
}
