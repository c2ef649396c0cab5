import { Glyph } from './state-pill'

export function HazardList({ hazards }: { hazards: readonly { code: string; message: string }[] }) {
  return (
    <ul className="grid gap-2">
      {hazards.map((hazard) => (
        <li key={`${hazard.code}-${hazard.message}`} className="flex items-baseline gap-2">
          <Glyph tone="warn" className="shrink-0" />
          <span className="min-w-0 break-words">{hazard.message}</span>
        </li>
      ))}
    </ul>
  )
}
