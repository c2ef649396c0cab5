import { encodeUtf8 } from '../lib/utf8'

/** The fractional parts of the square (or cube) roots of the first primes, as FIPS 180-4 defines its constants. */
function fractions(count: number, root: (value: number) => number): Uint32Array {
  const found = new Uint32Array(count)
  for (let candidate = 2, n = 0; n < count; candidate++) {
    let prime = true
    for (let factor = 2; factor * factor <= candidate; factor++) if (candidate % factor === 0) prime = false
    if (prime) found[n++] = (root(candidate) % 1) * 2 ** 32
  }
  return found
}

const START = fractions(8, Math.sqrt)
const ROUNDS = fractions(64, Math.cbrt)

const turn = (value: number, by: number) => (value >>> by) | (value << (32 - by))

/** SHA-256 (FIPS 180-4) of the text's UTF-8, in hex; for where nothing faster is at hand. */
export function sha256(text: string): string {
  const bytes = encodeUtf8(text)
  const padded = new Uint8Array(((bytes.length + 72) >> 6) << 6)
  padded.set(bytes)
  padded[bytes.length] = 0x80
  const view = new DataView(padded.buffer)
  view.setUint32(padded.length - 8, Math.floor(bytes.length / 2 ** 29))
  view.setUint32(padded.length - 4, bytes.length << 3)
  const state = START.slice()
  const w = new Uint32Array(64)
  const at = (words: Uint32Array, index: number) => words[index] ?? 0
  for (let block = 0; block < padded.length; block += 64) {
    for (let i = 0; i < 16; i++) w[i] = view.getUint32(block + i * 4)
    for (let i = 16; i < 64; i++) {
      const [early, late] = [at(w, i - 15), at(w, i - 2)]
      const small = turn(early, 7) ^ turn(early, 18) ^ (early >>> 3)
      const large = turn(late, 17) ^ turn(late, 19) ^ (late >>> 10)
      w[i] = at(w, i - 16) + small + at(w, i - 7) + large
    }
    let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state
    for (let i = 0; i < 64; i++) {
      const choice = (e & f) ^ (~e & g)
      const first = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + choice + at(ROUNDS, i) + at(w, i)) | 0
      const majority = (a & b) ^ (a & c) ^ (b & c)
      const second = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + majority) | 0
      ;[h, g, f, e, d, c, b, a] = [g, f, e, (d + first) | 0, c, b, a, (first + second) | 0]
    }
    ;[a, b, c, d, e, f, g, h].forEach((value, index) => {
      state[index] = at(state, index) + value
    })
  }
  return Array.from(state, (word) => word.toString(16).padStart(8, '0')).join('')
}
