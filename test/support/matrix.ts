/** What the kernel matrix is made of (test/kernel/matrix.test.ts). */
export const memories = ['pmem on 6.1', 'pmem on 6.12', 'cxl on 6.12'] as const
export type Memory = (typeof memories)[number]

/** Who brings new blocks online besides the product: the kernel's policy, or a udev rule, which takes a guest with udev. */
export const others = ['offline', 'online', 'online_movable', 'udev rule'] as const
export type Other = (typeof others)[number]

/** `kept reboot`: the device is to be system RAM again after it, which takes systemd. */
export const deeds = ['convert', 'restore', 'reboot', 'kept reboot'] as const
export type Deed = (typeof deeds)[number]

export interface Cell {
  memory: Memory
  other: Other
  deed: Deed
}

/** What takes a whole Debian in the guest: udev, or systemd. */
export const needsFullGuest = ({ other, deed }: Pick<Cell, 'other' | 'deed'>): boolean =>
  other === 'udev rule' || deed === 'kept reboot'

export const allCells: readonly Cell[] = memories.flatMap((memory) =>
  others.flatMap((other) => deeds.map((deed) => ({ memory, other, deed }))),
)

const pairsOf = ({ memory, other, deed }: Cell): string[] => [
  `${memory} / ${other}`,
  `${memory} / ${deed}`,
  `${other} / ${deed}`,
]

/** Few of the cells, so that any two things which meet in one of them meet in one of these. */
export function pairwise(cells: readonly Cell[]): Cell[] {
  const chosen: Cell[] = []
  const met = new Set<string>()
  for (;;) {
    const news = (cell: Cell) => pairsOf(cell).filter((pair) => !met.has(pair)).length
    const [best] = cells.toSorted((a, b) => news(b) - news(a))
    if (best === undefined || news(best) === 0) return chosen
    chosen.push(best)
    for (const pair of pairsOf(best)) met.add(pair)
  }
}

/** One cell as it came out, for the table. */
export interface Row extends Cell {
  outcome: string
  /** What MemTotal came to be more by, while it was system RAM. */
  gainedMib: number
  blocks: string
  zone: string
}

/** The rows as lines of a table, in columns. */
export function tableOf(rows: readonly Row[]): string {
  const head = ['memory', 'who else onlines', 'deed', 'outcome', 'MiB', 'blocks', 'zone']
  const lines = rows.map((row) => [
    row.memory,
    row.other,
    row.deed,
    row.outcome,
    String(row.gainedMib),
    row.blocks,
    row.zone,
  ])
  const widths = head.map((_, at) => Math.max(...[head, ...lines].map((line) => line[at]?.length ?? 0)))
  return [head, ...lines]
    .map((line) =>
      line
        .map((text, at) => text.padEnd(widths[at] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
