/**
 * A sentence about a host, for where its name stands beside or above it: `db-7 (root@10.0.0.7:22) did not answer.`
 * reads `It did not answer.` The account and address it was tried at are on the page too.
 */
export function withoutName(sentence: string, name: string): string {
  const escaped = name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  const named = `${escaped}(?: \\([^()]*@[^()]*\\))?(?![\\w.-]*\\w)`
  return sentence
    .replace(new RegExp(`^${named}(?=\\s)`), 'It')
    .replace(new RegExp(`(?<![\\w.@-])${named}`, 'g'), 'this host')
}
