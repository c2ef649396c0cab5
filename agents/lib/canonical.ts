/**
 * Canonical JSON (RFC 8785): no space, members sorted by UTF-16 code units. Strings as JSON.stringify has them.
 * Only safe integers are taken as numbers: 64-bit values are decimal strings, and no plan holds a fraction.
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value)) throw new TypeError('Canonical JSON takes safe integers only.')
    return String(value === 0 ? 0 : value)
  }
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item)).join(',')}]`
  if (typeof value === 'object') {
    const members = Object.entries(value).filter(([, member]) => member !== undefined)
    members.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`).join(',')}}`
  }
  throw new TypeError(`Canonical JSON has no form for ${typeof value}.`)
}
