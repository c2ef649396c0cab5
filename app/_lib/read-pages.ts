/** Rows that are read in one go when everything is wanted. */
export const PAGE_OF_ALL = 2_000

/** Reads a list to its end, page by page: what is exported is everything, not what is in sight. */
export async function readPages<T>(
  read: (limit: number, offset: number) => Promise<{ rows: readonly T[]; matching: number }>,
): Promise<T[]> {
  const all: T[] = []
  for (;;) {
    const { rows, matching } = await read(PAGE_OF_ALL, all.length)
    all.push(...rows)
    if (rows.length === 0 || all.length >= matching) return all
  }
}
