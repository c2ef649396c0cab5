import encodeQR from 'qr'
import { useMemo } from 'react'
import { pathOfModules } from '@/app/_lib/qr-path'

/** Empty rows around the code, without which some cameras do not find it (ISO/IEC 18004: four). */
const BORDER = 4

/** A text for a camera. Made here in the browser: nobody else gets to see it. Dark on white in either colour scheme. */
export function QrCode({ text, label }: { text: string; label: string }) {
  const modules = useMemo(() => encodeQR(text, 'raw', { ecc: 'medium', border: BORDER }), [text])
  return (
    <svg
      role="img"
      aria-label={label}
      viewBox={`0 0 ${modules.length} ${modules.length}`}
      shapeRendering="crispEdges"
      className="size-44 rounded-md border border-line"
    >
      <rect width="100%" height="100%" fill="#fff" />
      <path d={pathOfModules(modules)} fill="#000" />
    </svg>
  )
}
