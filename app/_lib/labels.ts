export type ParsedLabels = { ok: true; labels: Record<string, string> } | { ok: false; fault: string }

/** `rack=r12 role=db` to labels; the server checks keys and lengths again. */
export function parseLabels(text: string): ParsedLabels {
  const labels: Record<string, string> = {}
  for (const word of text.split(/[\s,]+/).filter((each) => each !== '')) {
    const at = word.indexOf('=')
    if (at <= 0) return { ok: false, fault: `${word} is no label: write it as key=value.` }
    labels[word.slice(0, at)] = word.slice(at + 1)
  }
  return { ok: true, labels }
}

export function labelsToText(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(' ')
}
