/**
 * Whether some text in `value`, however deep, cannot be kept as it is: Postgres has no NUL, and half a surrogate pair is
 * no character in UTF-8. Keys count as well. Goes through lists, records, maps and sets; no recursion, so no depth is too
 * deep.
 */
export function hasUnstorableText(value: unknown): boolean {
  const open: unknown[] = [value]
  const seen = new Set<object>()
  while (open.length > 0) {
    const each = open.pop()
    if (typeof each === 'string') {
      if (each.includes('\0') || halfCharacter.test(each)) return true
    } else if (typeof each === 'object' && each !== null && !seen.has(each)) {
      seen.add(each)
      if (Array.isArray(each) || each instanceof Set) for (const item of each) open.push(item)
      else if (each instanceof Map) for (const pair of each) open.push(...pair)
      else for (const pair of Object.entries(each)) open.push(...pair)
    }
  }
  return false
}

/** With `u`, what is a pair is one character of another kind. */
const halfCharacter = /\p{Cs}/u

export const unstorableWords = 'A text holds a NUL or half a character, which cannot be kept.'
