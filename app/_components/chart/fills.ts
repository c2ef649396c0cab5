import type { FillName } from './chart-data'

/** Colours of a drawing, as the page's theme has them now. */
export interface Palette {
  ink: string
  inkWeak: string
  line: string
  surface: string
  accent: string
  fills: Record<FillName, string>
}

const VARIABLES: Record<FillName, string> = {
  dram: '--tier-dram',
  pmem: '--tier-pmem',
  cxl: '--tier-cxl',
  hbm: '--tier-hbm',
  convertible: '--tier-convertible',
  lost: '--line-strong',
  hosts: '--accent',
}

export function readPalette(): Palette {
  const style = getComputedStyle(document.documentElement)
  const read = (name: string) => style.getPropertyValue(name).trim()
  return {
    ink: read('--ink'),
    inkWeak: read('--ink-3'),
    line: read('--line'),
    surface: read('--surface'),
    accent: read('--accent'),
    fills: Object.fromEntries(
      Object.entries(VARIABLES).map(([name, variable]) => [name, read(variable)]),
    ) as Record<FillName, string>,
  }
}

const TILE = 6
/** How much of its colour a shade keeps; beyond the last they repeat. */
const STRENGTHS = [1, 0.72, 0.5]

/** Colour and pattern of a fill on a canvas: the same as patterns.tsx draws in SVG. */
export function canvasFill(
  palette: Palette,
  name: FillName,
  shade: number,
  pixelRatio: number,
): string | CanvasPattern {
  const tile = document.createElement('canvas')
  tile.width = TILE * pixelRatio
  tile.height = TILE * pixelRatio
  const context = tile.getContext('2d')
  if (context === null) return palette.fills[name]
  context.scale(pixelRatio, pixelRatio)
  const color = palette.fills[name]
  if (name !== 'convertible') {
    context.fillStyle = color
    // A count of hosts stands back behind what it explains.
    context.globalAlpha = name === 'hosts' ? 0.45 : (STRENGTHS[shade % STRENGTHS.length] ?? 1)
    context.fillRect(0, 0, TILE, TILE)
    context.globalAlpha = 1
  }
  drawPattern(context, name, palette)
  return context.createPattern(tile, 'repeat') ?? color
}

function drawPattern(context: CanvasRenderingContext2D, name: FillName, palette: Palette): void {
  context.strokeStyle = palette.surface
  context.fillStyle = palette.surface
  context.lineWidth = 1
  switch (name) {
    case 'pmem':
      context.globalAlpha = 0.28
      diagonal(context)
      return
    case 'cxl':
      for (const at of [1.5, 4.5]) {
        context.beginPath()
        context.arc(at, at, 0.8, 0, 2 * Math.PI)
        context.fill()
      }
      return
    case 'hbm':
      context.fillRect(2, 0, 1, TILE)
      return
    case 'convertible':
      context.strokeStyle = palette.fills.convertible
      context.lineWidth = 1.6
      diagonal(context)
      return
    case 'lost':
      context.fillRect(0, 2, TILE, 1.5)
      return
    default:
      return
  }
}

/** Lines that go on from one tile into the next. */
function diagonal(context: CanvasRenderingContext2D): void {
  context.beginPath()
  for (const from of [-TILE, 0, TILE]) {
    context.moveTo(from - 1, TILE + 1)
    context.lineTo(from + TILE + 1, -1)
  }
  context.stroke()
}

/** Tells of every change of the theme, whether the system made it or the switch. */
export function onThemeChange(tell: () => void): () => void {
  const observer = new MutationObserver(tell)
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] })
  const media = matchMedia('(prefers-color-scheme: dark)')
  media.addEventListener('change', tell)
  return () => {
    observer.disconnect()
    media.removeEventListener('change', tell)
  }
}
