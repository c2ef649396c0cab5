import uPlot from 'uplot'
import { formatValue, increments, scaleTop, timeLabels } from './axis'
import type { ChartBand, ChartData, ChartMark, SecondsRange } from './chart-data'
import { canvasFill, onThemeChange, type Palette, readPalette } from './fills'
import { heldUntil, indexAt, type Layer, pieces, stack } from './stack'

export interface PlotView {
  data: ChartData
  range: SecondsRange
  marks: readonly ChartMark[]
  bands: readonly ChartBand[]
  /** Without labels of time, where another chart below it has them. */
  bare: boolean
  /** The end of the scale; null: what there is to show decides. */
  top: number | null
}

export interface PlotEvents {
  /** The value under the pointer or the keyboard's cursor; null when there is none. */
  onPoint: (index: number | null) => void
  onZoom: ((range: SecondsRange) => void) | null
  onZoomOut: (() => void) | null
  /** Where the marks stand now, in pixels from the left edge of the element. */
  onMarks: (places: readonly { key: string; left: number }[]) => void
}

export interface Plot {
  show: (view: PlotView) => void
  /** Puts the cursor on a value, or takes it away. */
  point: (index: number | null) => void
  destroy: () => void
}

/** Zooming in ends here: closer there is nothing more to see. */
const LEAST_ZOOM_SECONDS = 30
const LOW_PIXELS = 90
const AXIS_FONT = '11px "Inter Variable", system-ui, sans-serif'

/** Draws into an element and keeps to its size and to the page's theme until it is destroyed. */
export function createPlot(element: HTMLElement, events: PlotEvents): Plot {
  let drawing: uPlot | null = null
  let shape = ''
  let view: PlotView | null = null
  let layers: Layer[] = []
  let palette = readPalette()
  let pointed: number | null = null

  const rebuild = (current: PlotView) => {
    drawing?.destroy()
    drawing = new uPlot(options(current), plotData(current), element)
  }
  const plotData = ({ data }: PlotView): uPlot.AlignedData => {
    layers = stack(data.parts, data.times.length)
    return [
      [...data.times],
      ...layers.map(({ high }) => high),
      ...data.lines.map(({ values }) => [...values]),
    ]
  }
  const now = () => view as PlotView

  const options = ({ data, bare }: PlotView): uPlot.Options => ({
    width: Math.max(120, element.clientWidth),
    height: Math.max(40, element.clientHeight),
    padding: [8, 12, bare ? 4 : 0, 0],
    legend: { show: false },
    cursor: {
      y: false,
      points: { show: false },
      drag: { x: events.onZoom !== null, y: false, setScale: false, dist: 6 },
      bind: {
        dblclick: () => () => {
          events.onZoomOut?.()
          return null
        },
      },
    },
    scales: {
      x: { time: true, range: () => [now().range.from, now().range.to] },
      y: { range: (_, __, largest) => [0, scaleTop(now().top ?? largest)] },
    },
    axes: [
      {
        show: !bare,
        stroke: () => palette.inkWeak,
        font: AXIS_FONT,
        size: 24,
        gap: 4,
        space: 64,
        grid: { show: false },
        ticks: { stroke: () => palette.line, size: 4 },
        values: (_, splits, __, ___, step) => timeLabels(splits, step),
      },
      {
        stroke: () => palette.inkWeak,
        font: AXIS_FONT,
        size: 64,
        gap: 6,
        // A strip of little height still tells its greatest value.
        space: (_, __, ___, ____, heightPixels) => (heightPixels < LOW_PIXELS ? 14 : 32),
        incrs: increments(data.unit),
        grid: { stroke: () => palette.line, width: 1 },
        ticks: { show: false },
        values: (_, splits) => splits.map((value) => formatValue(value, data.unit)),
      },
    ],
    series: [
      {},
      ...data.parts.map(
        ({ fill, shade }, part): uPlot.Series => ({
          width: 1,
          stroke: () => palette.surface,
          fill: () => canvasFill(palette, fill, shade, uPlot.pxRatio),
          paths: (plot) => areaPaths(plot, now(), layers[part]),
          points: { show: false },
        }),
      ),
      ...data.lines.map(
        ({ dash }, line): uPlot.Series => ({
          width: 1.5,
          dash: [...dash],
          stroke: () => palette.ink,
          paths: (plot) => linePaths(plot, now(), now().data.lines[line]?.values ?? []),
          points: { show: false },
        }),
      ),
    ],
    hooks: {
      drawAxes: [(plot) => drawBands(plot, now(), palette)],
      draw: [
        (plot) => {
          drawMarks(plot, now(), palette)
          events.onMarks(places(plot, now()))
        },
      ],
      setCursor: [
        (plot) => {
          const left = plot.cursor.left ?? -1
          if (pointed !== null) return
          events.onPoint(left < 0 ? null : indexAt(now().data.times, plot.posToVal(left, 'x')))
        },
      ],
      setSelect: [
        (plot) => {
          const { left, width } = plot.select
          if (width === 0) return
          const from = plot.posToVal(left, 'x')
          const to = plot.posToVal(left + width, 'x')
          plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false)
          const middle = (from + to) / 2
          const half = Math.max((to - from) / 2, LEAST_ZOOM_SECONDS / 2)
          events.onZoom?.({ from: Math.floor(middle - half), to: Math.ceil(middle + half) })
        },
      ],
    },
  })

  const sizes = new ResizeObserver(() => {
    if (element.clientWidth > 0)
      drawing?.setSize({
        width: Math.max(120, element.clientWidth),
        height: Math.max(40, element.clientHeight),
      })
  })
  sizes.observe(element)
  const forgetTheme = onThemeChange(() => {
    palette = readPalette()
    drawing?.redraw(false, false)
  })

  return {
    show(next) {
      view = next
      const wanted = [
        next.bare,
        next.data.unit,
        ...next.data.parts.map(({ key, fill, shade }) => `${key} ${fill} ${shade}`),
        ...next.data.lines.map(({ key }) => key),
      ].join('\n')
      if (drawing === null || shape !== wanted) rebuild(next)
      else drawing.setData(plotData(next))
      shape = wanted
    },
    point(index) {
      if (drawing === null || view === null) return
      pointed = index
      const at = index === null ? undefined : view.data.times[index]
      drawing.setCursor({ left: at === undefined ? -10 : drawing.valToPos(at, 'x'), top: 0 }, false)
      pointed = null
    },
    destroy() {
      sizes.disconnect()
      forgetTheme()
      drawing?.destroy()
      drawing = null
    },
  }
}

/** The area between two sums, in steps; every piece between two gaps is closed by itself. */
function areaPaths(plot: uPlot, { data, range }: PlotView, layer: Layer | undefined): uPlot.Series.Paths {
  const fill = new Path2D()
  const stroke = new Path2D()
  const { x, y } = pixels(plot)
  for (const { first, last } of pieces(layer?.high ?? [])) {
    const steps = Array.from({ length: last - first + 1 }, (_, offset) => {
      const index = first + offset
      return {
        left: x(data.times[index] ?? 0),
        right: x(Math.min(heldUntil(data.times, index, data.stepSeconds), range.to)),
        high: y(layer?.high[index] ?? 0),
        low: y(layer?.low[index] ?? 0),
      }
    })
    const start = steps[0]
    if (start === undefined) continue
    fill.moveTo(start.left, start.high)
    stroke.moveTo(start.left, start.high)
    for (const { left, right, high } of steps) {
      for (const path of [fill, stroke]) {
        path.lineTo(left, high)
        path.lineTo(right, high)
      }
    }
    for (const { left, right, low } of steps.reverse()) {
      fill.lineTo(right, low)
      fill.lineTo(left, low)
    }
    fill.closePath()
  }
  return { fill, stroke }
}

function linePaths(
  plot: uPlot,
  { data, range }: PlotView,
  values: readonly (number | null)[],
): uPlot.Series.Paths {
  const stroke = new Path2D()
  const { x, y } = pixels(plot)
  for (const { first, last } of pieces(values)) {
    stroke.moveTo(x(data.times[first] ?? 0), y(values[first] ?? 0))
    for (let index = first; index <= last; index += 1) {
      const high = y(values[index] ?? 0)
      stroke.lineTo(x(data.times[index] ?? 0), high)
      stroke.lineTo(x(Math.min(heldUntil(data.times, index, data.stepSeconds), range.to)), high)
    }
  }
  return { stroke, fill: null }
}

/** Places on the canvas, on whole pixels so that edges are sharp. */
function pixels(plot: uPlot) {
  return {
    x: (seconds: number) => Math.round(plot.valToPos(seconds, 'x', true)),
    y: (value: number) => Math.round(plot.valToPos(value, 'y', true)),
  }
}

function drawBands(plot: uPlot, { bands, range }: PlotView, palette: Palette): void {
  const { ctx, bbox } = plot
  const { x } = pixels(plot)
  ctx.save()
  ctx.fillStyle = palette.accent
  for (const { fromSeconds, toSeconds } of bands) {
    const from = x(Math.max(fromSeconds, range.from))
    const to = x(Math.min(toSeconds ?? range.to, range.to))
    if (to < bbox.left || from > bbox.left + bbox.width) continue
    ctx.globalAlpha = 0.12
    ctx.fillRect(from, bbox.top, Math.max(2, to - from), bbox.height)
    ctx.globalAlpha = 0.6
    ctx.fillRect(from, bbox.top, Math.max(2, to - from), 2 * uPlot.pxRatio)
  }
  ctx.restore()
}

function drawMarks(plot: uPlot, view: PlotView, palette: Palette): void {
  const { ctx, bbox } = plot
  const { x } = pixels(plot)
  ctx.save()
  ctx.strokeStyle = palette.ink
  ctx.lineWidth = uPlot.pxRatio
  ctx.setLineDash([3 * uPlot.pxRatio, 3 * uPlot.pxRatio])
  ctx.beginPath()
  for (const { atSeconds } of view.marks) {
    if (atSeconds < view.range.from || atSeconds > view.range.to) continue
    ctx.moveTo(x(atSeconds) + 0.5, bbox.top)
    ctx.lineTo(x(atSeconds) + 0.5, bbox.top + bbox.height)
  }
  ctx.stroke()
  ctx.restore()
}

function places(plot: uPlot, { marks, range }: PlotView) {
  const edge = plot.bbox.left / uPlot.pxRatio
  return marks
    .filter(({ atSeconds }) => atSeconds >= range.from && atSeconds <= range.to)
    .map(({ key, atSeconds }) => ({ key, left: Math.round(edge + plot.valToPos(atSeconds, 'x')) }))
}
