const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'] as const

/**
 * Bytes in binary units, three significant digits, never rounded up to a figure that is not there:
 * `896 MiB`, `1.98 TiB`, `0 B`. Exact in bigint all the way.
 */
export function formatBytes(bytes: bigint): string {
  const sign = bytes < 0n ? '−' : ''
  const size = bytes < 0n ? -bytes : bytes
  let power = 0
  while (power < UNITS.length - 1 && size >= 1024n ** BigInt(power + 1)) power += 1
  const unit = 1024n ** BigInt(power)
  const whole = size / unit
  const places = size % unit === 0n || whole >= 100n ? 0 : whole >= 10n ? 1 : 2
  return `${sign}${fixed(size, unit, places)} ${UNITS[power] ?? 'B'}`
}

/** Truncated, not rounded: 1023.99 GiB must not read as 1024 GiB, nor 751.9 as 752 that are not online. */
function fixed(size: bigint, unit: bigint, places: number): string {
  const whole = size / unit
  if (places === 0) return whole.toString()
  const scale = 10n ** BigInt(places)
  const fraction = ((size % unit) * scale) / unit
  return `${whole}.${fraction.toString().padStart(places, '0')}`.replace(/\.?0+$/, '')
}

/** With its sign, for differences: `+896 MiB`, `−2 GiB`, `±0 B`. */
export function formatSignedBytes(bytes: bigint): string {
  if (bytes === 0n) return '±0 B'
  return bytes > 0n ? `+${formatBytes(bytes)}` : formatBytes(bytes)
}

/** The exact figure, for hovers: `939,524,096 bytes`. */
export function formatExactBytes(bytes: bigint): string {
  return `${formatCount(bytes)} ${bytes === 1n || bytes === -1n ? 'byte' : 'bytes'}`
}

/** `1,204` */
export function formatCount(count: number | bigint): string {
  const text = count.toString()
  return text.replace(/\B(?=(\d{3})+(?!\d))/g, ',')
}

/** `1 host`, `1,204 hosts` */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`
}

/** A duration in milliseconds: `2 ms`, `1.9 s`, `38 s`, `2 min 05 s`, `1 h 04 min`. */
export function formatDuration(ms: number): string {
  if (ms < 0) return '0 ms'
  if (ms < 1000) return `${ms < 10 && !Number.isInteger(ms) ? ms.toFixed(1) : Math.round(ms)} ms`
  const seconds = ms / 1000
  if (seconds < 10) return `${(Math.floor(seconds * 10) / 10).toFixed(1)} s`
  if (seconds < 60) return `${Math.floor(seconds)} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} min ${pad(Math.floor(seconds % 60))} s`
  return `${Math.floor(minutes / 60)} h ${pad(minutes % 60)} min`
}

/** What is left, for something that is waited for: `0:07`, `14:05`, `2 h 05 min`, `3 d`. */
export function formatCountdown(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000))
  if (seconds < 3600) return `${Math.floor(seconds / 60)}:${pad(seconds % 60)}`
  if (seconds < 48 * 3600)
    return `${Math.floor(seconds / 3600)} h ${pad(Math.floor((seconds % 3600) / 60))} min`
  return `${Math.floor(seconds / 86_400)} d`
}

/** How long ago, at `now`: `now`, `4 s ago`, `3 min ago`, `2 h ago`, `5 d ago`; `in 4 min` for the future. */
export function formatAgo(at: Date, now: Date): string {
  const seconds = Math.round((now.getTime() - at.getTime()) / 1000)
  const away = Math.abs(seconds)
  if (away < 2) return 'now'
  const text = spell(away)
  return seconds > 0 ? `${text} ago` : `in ${text}`
}

/** How long since then, at `now`: `4 s`, `3 min`, `2 h`, `5 d`. */
export function formatSpan(since: Date, now: Date): string {
  return spell(Math.max(1, Math.round((now.getTime() - since.getTime()) / 1000)))
}

function spell(seconds: number): string {
  if (seconds < 60) return `${seconds} s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`
  if (seconds < 48 * 3600) return `${Math.floor(seconds / 3600)} h`
  return `${Math.floor(seconds / 86_400)} d`
}

/** The exact moment in the viewer's own zone, zone named: `2026-11-22 21:03:07 GMT+1`. */
export function formatMoment(at: Date): string {
  const time = `${pad(at.getHours())}:${pad(at.getMinutes())}:${pad(at.getSeconds())}`
  const zone = new Intl.DateTimeFormat('en', { timeZoneName: 'short' })
    .formatToParts(at)
    .find((part) => part.type === 'timeZoneName')?.value
  return `${formatDay(at)} ${time} ${zone ?? ''}`.trim()
}

/** The day in the viewer's own zone, the one way dates are written here (ISO 8601): `2026-11-22`. */
export function formatDay(at: Date): string {
  return `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}`
}

/** `e56220e2…518c`: long identities keep their two ends, by which people tell them apart. */
export function shorten(text: string, head = 8, tail = 4): string {
  return text.length <= head + tail + 1 ? text : `${text.slice(0, head)}…${text.slice(-tail)}`
}

function pad(value: number): string {
  return value.toString().padStart(2, '0')
}
