/**
 * In groups of eight, three to a line, so that two of them stand alike, can be compared by eye and read out aloud;
 * copied without the gaps.
 */
export function Fingerprint({ algorithm, value }: { algorithm: string; value: string }) {
  const colon = value.indexOf(':') + 1
  const groups = value.slice(colon).match(/.{1,8}/g) ?? []
  const seen = new Map<string, number>()
  return (
    <span className="inline-block max-w-[27ch] font-mono text-xs wrap-anywhere">
      <span className="text-ink-3">
        {algorithm} {value.slice(0, colon)}
      </span>
      <br />
      {groups.map((group) => {
        const count = (seen.get(group) ?? 0) + 1
        seen.set(group, count)
        return (
          <span key={`${group}-${count}`} className="mr-[1ch] inline-block w-[8ch] font-medium text-ink">
            {group}
          </span>
        )
      })}
    </span>
  )
}
