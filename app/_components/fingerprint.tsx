/** In groups of eight, so that two of them can be compared by eye and read out aloud; copied without the gaps. */
export function Fingerprint({ algorithm, value }: { algorithm: string; value: string }) {
  const [kind, digest] = value.includes(':')
    ? [value.split(':')[0], value.slice(value.indexOf(':') + 1)]
    : ['', value]
  const groups = digest.match(/.{1,8}/g) ?? []
  const seen = new Map<string, number>()
  return (
    <span className="font-mono text-xs break-words">
      <span className="text-ink-3">
        {algorithm} {kind}:
      </span>
      {groups.map((group) => {
        const count = (seen.get(group) ?? 0) + 1
        seen.set(group, count)
        return (
          <span key={`${group}-${count}`} className="mr-1.5 inline-block font-medium text-ink">
            {group}
          </span>
        )
      })}
    </span>
  )
}
