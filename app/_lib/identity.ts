const HEAD = 8
const TAIL = 8

/**
 * Identities as short as they may be without two of them looking alike: the kind in front goes (it has a column of
 * its own); what follows the first uuid (the one `ndctl list` shows) goes where that tells them apart; the middle goes
 * unless that is where one differs from the others. In the order given; equal ones stay equal.
 */
export function shortIdentities(identities: readonly string[]): string[] {
  const wholes = identities.map((identity) => identity.replace(/^[a-z]+:/, ''))
  const upTo = (end: string) => wholes.map((whole) => whole.split(end)[0] ?? whole)
  const texts = [upTo('+'), upTo(';')].find((cut) => countOf(cut) === countOf(wholes)) ?? wholes
  const shorts = texts.map((text) => shortApart(text, texts))
  return countOf(shorts) === countOf(wholes) ? shorts : wholes
}

function countOf(texts: readonly string[]): number {
  return new Set(texts).size
}

/** Two ends, or the start and the stretch in which it differs from its nearest neighbour. */
function shortApart(text: string, all: readonly string[]): string {
  if (text.length <= HEAD + TAIL + 1) return text
  const differsAt = Math.max(0, ...all.filter((other) => other !== text).map((other) => common(text, other)))
  if (differsAt < HEAD || differsAt >= text.length - TAIL)
    return `${text.slice(0, HEAD)}…${text.slice(-TAIL)}`
  const from = differsAt - 2
  const to = from + HEAD + 2
  return `${text.slice(0, HEAD - 2)}…${text.slice(from, to)}${to < text.length ? '…' : ''}`
}

function common(a: string, b: string): number {
  let length = 0
  while (length < a.length && a[length] === b[length]) length += 1
  return length
}
