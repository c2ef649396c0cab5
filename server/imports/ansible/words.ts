/**
 * Splits a host line as Python's `shlex.split(line, comments=True)` does: quotes group, a backslash takes the next
 * character (inside double quotes only `"` and `\`), `#` ends the line even inside a word. Null for a quote left open.
 */
export function shellWords(line: string): string[] | null {
  const words: string[] = []
  let word: string | null = null
  let quote: string | null = null
  for (let at = 0; at < line.length; at += 1) {
    const letter = line.charAt(at)
    if (quote !== null) {
      if (letter === quote) quote = null
      else if (letter === '\\' && quote === '"' && /["\\]/.test(line.charAt(at + 1))) {
        at += 1
        word += line.charAt(at)
      } else word += letter
    } else if (letter === '#') break
    else if (/\s/.test(letter)) {
      if (word !== null) words.push(word)
      word = null
    } else if (letter === '"' || letter === "'") {
      quote = letter
      word ??= ''
    } else if (letter === '\\') {
      at += 1
      if (at >= line.length) return null
      word = (word ?? '') + line.charAt(at)
    } else word = (word ?? '') + letter
  }
  if (quote !== null) return null
  if (word !== null) words.push(word)
  return words
}
