const UNITS: Readonly<Record<string, number>> = {
  s: 1,
  sec: 1,
  min: 60,
  m: 60,
  h: 3600,
  d: 86_400,
}

/** `30 s`, `10 min`, `1 h 30 min`, `2 d` in seconds; a bare `0` too. Null for what is no span of time. */
export function parseTimeSpan(text: string): number | null {
  const words = text.trim().toLowerCase()
  if (words === '0') return 0
  if (!/^(\d{1,7}\s*[a-z]+\s*)+$/.test(words)) return null
  let seconds = 0
  for (const [, count = '', unit = ''] of words.matchAll(/(\d+)\s*([a-z]+)/g)) {
    const size = UNITS[unit]
    if (size === undefined) return null
    seconds += Number(count) * size
  }
  return seconds
}

/** The same back: `10 min`, `1 h 30 min`, `0 s`. */
export function formatTimeSpan(seconds: number): string {
  const parts: string[] = []
  let left = seconds
  for (const [unit, size] of [
    ['d', 86_400],
    ['h', 3600],
    ['min', 60],
    ['s', 1],
  ] as const) {
    const count = Math.floor(left / size)
    if (count > 0) parts.push(`${count} ${unit}`)
    left -= count * size
  }
  return parts.join(' ') || '0 s'
}
