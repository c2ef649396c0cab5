import { ByteReader, ByteWriter, unzigzag, zigzag } from './varint'

/** A value that is not there: a device that came later, a node that went. */
export const ABSENT = -1

/** Values of some series at the same times. Every column is as long as `times`; values are whole and not negative. */
export interface Columns {
  /** Ms since 1970, growing. */
  times: number[]
  series: Map<number, number[]>
}

/** First byte of what is stored, so that a later layout can be told from this one. */
const LAYOUT = 1
const MOST_SHIFT = 20

/**
 * Column by column: steps from one value to the next, small ones in few bytes, runs without any change in two. A series
 * that stands still costs nearly nothing, whatever it stands at.
 */
export function encodeColumns({ times, series }: Columns): Buffer {
  const writer = new ByteWriter()
  writer.varint(LAYOUT)
  writer.varint(times.length)
  // Readings come evenly: what changes from one pause to the next is small.
  writeSteps(writer, pausesOf(times))
  for (const [key, values] of [...series].sort(([a], [b]) => a - b)) {
    const column = new ByteWriter()
    const shift = commonShift(values)
    column.varint(shift)
    const unit = 2 ** shift
    writeSteps(
      column,
      values.map((value) => (value === ABSENT ? 0 : value / unit + 1)),
    )
    const bytes = column.bytes()
    writer.varint(key)
    writer.varint(bytes.length)
    writer.append(bytes)
  }
  return writer.bytes()
}

/** What encodeColumns was given; of the series only those that are wanted. Throws RangeError for bytes that are no such. */
export function decodeColumns(bytes: Uint8Array, wanted: (key: number) => boolean = () => true): Columns {
  const reader = new ByteReader(bytes)
  const layout = reader.varint()
  if (layout !== LAYOUT) throw new RangeError(`layout ${layout} is not known`)
  const count = reader.varint()
  const times = timesOf(readSteps(reader, count))
  const series = new Map<number, number[]>()
  while (!reader.ended) {
    const key = reader.varint()
    const end = reader.varint() + reader.offset
    if (wanted(key)) {
      const unit = 2 ** reader.varint()
      const values = readSteps(reader, count)
      for (let at = 0; at < count; at += 1) {
        const value = values[at] ?? 0
        values[at] = value === 0 ? ABSENT : (value - 1) * unit
      }
      series.set(key, values)
    }
    reader.offset = end
  }
  return { times, series }
}

/** Differences, each as a small number; a run of zeros as a zero and its length. */
function writeSteps(writer: ByteWriter, values: readonly number[]): void {
  let before = 0
  let still = 0
  for (const value of values) {
    if (value === before) {
      still += 1
      continue
    }
    if (still > 0) writeRun(writer, still)
    still = 0
    writer.varint(zigzag(value - before))
    before = value
  }
  if (still > 0) writeRun(writer, still)
}

function writeRun(writer: ByteWriter, length: number): void {
  writer.varint(0)
  writer.varint(length)
}

function readSteps(reader: ByteReader, count: number): number[] {
  const values: number[] = []
  let value = 0
  while (values.length < count) {
    const step = reader.varint()
    if (step === 0) for (let left = reader.varint(); left > 0; left -= 1) values.push(value)
    else {
      value += unzigzag(step)
      values.push(value)
    }
  }
  return values
}

/** The first time, and from then on the pauses. */
const pausesOf = (times: readonly number[]): number[] =>
  times.map((time, index) => (index === 0 ? time : time - (times[index - 1] ?? 0)))

function timesOf(pauses: number[]): number[] {
  let time = 0
  return pauses.map((pause) => {
    time += pause
    return time
  })
}

/** Low bits that are zero in every value: the kernel counts in pages, devices in blocks. */
function commonShift(values: readonly number[]): number {
  let shift = MOST_SHIFT
  for (const value of values) {
    if (value === ABSENT) continue
    while (shift > 0 && value % 2 ** shift !== 0) shift -= 1
    if (shift === 0) return 0
  }
  return shift
}
