/**
 * True where `text` matches a pattern of ssh_config(5): `*` is any run, `?` any one character. Walked by hand, since a
 * pattern is somebody's text, and one made into an expression could take for ever.
 */
export function matchesGlob(pattern: string, text: string): boolean {
  let [at, in_] = [0, 0]
  let [star, resume] = [-1, 0]
  while (in_ < text.length) {
    const next = pattern[at]
    if (next === '*') {
      star = at
      resume = in_
      at += 1
    } else if (next === '?' || next === text[in_]) {
      at += 1
      in_ += 1
    } else if (star >= 0) {
      at = star + 1
      resume += 1
      in_ = resume
    } else return false
  }
  while (pattern[at] === '*') at += 1
  return at === pattern.length
}

/** True where a pattern matches and no `!pattern` does. */
export function matchesPatterns(patterns: readonly string[], text: string): boolean {
  const isRefused = patterns.some((each) => each.startsWith('!') && matchesGlob(each.slice(1), text))
  return !isRefused && patterns.some((each) => !each.startsWith('!') && matchesGlob(each, text))
}

/** Names a host and not a set of them. */
export function isLiteral(pattern: string): boolean {
  return !/[*?!]/.test(pattern)
}
