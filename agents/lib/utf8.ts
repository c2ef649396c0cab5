/** UTF-8 by hand: QuickJS has neither TextEncoder nor TextDecoder. */

export function encodeUtf8(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length * 3)
  let n = 0
  for (let i = 0; i < text.length; i++) {
    let code = text.charCodeAt(i)
    if (code >= 0xd800 && code < 0xdc00 && i + 1 < text.length) {
      const low = text.charCodeAt(i + 1)
      if (low >= 0xdc00 && low < 0xe000) {
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00)
        i++
      }
    }
    // A lone surrogate has no UTF-8 form: it becomes U+FFFD, as TextEncoder would have it.
    if (code >= 0xd800 && code < 0xe000) code = 0xfffd
    if (code < 0x80) bytes[n++] = code
    else if (code < 0x800) {
      bytes[n++] = 0xc0 | (code >> 6)
      bytes[n++] = 0x80 | (code & 63)
    } else if (code < 0x10000) {
      bytes[n++] = 0xe0 | (code >> 12)
      bytes[n++] = 0x80 | ((code >> 6) & 63)
      bytes[n++] = 0x80 | (code & 63)
    } else {
      bytes[n++] = 0xf0 | (code >> 18)
      bytes[n++] = 0x80 | ((code >> 12) & 63)
      bytes[n++] = 0x80 | ((code >> 6) & 63)
      bytes[n++] = 0x80 | (code & 63)
    }
  }
  return bytes.slice(0, n)
}

const CHUNK = 4096

/** One character a byte. `apply` takes the bytes in C: a loop in QuickJS takes ten times as long. */
function latin1(bytes: Uint8Array): string {
  let text = ''
  for (let i = 0; i < bytes.length; i += CHUNK) {
    text += String.fromCharCode.apply(null, bytes.subarray(i, i + CHUNK) as unknown as number[])
  }
  return text
}

/** Bytes from 0x80 on, one character each, as what they mean together. */
function decodeRun(run: string): string {
  const units: number[] = []
  for (let i = 0; i < run.length; ) {
    const first = run.charCodeAt(i++)
    let code = first
    const more =
      first >= 0xc2 && first < 0xe0
        ? 1
        : first >= 0xe0 && first < 0xf0
          ? 2
          : first >= 0xf0 && first < 0xf5
            ? 3
            : -1
    if (more > 0) {
      code = first & (0x3f >> more)
      let read = 0
      while (read < more && (run.charCodeAt(i) & 0xc0) === 0x80) {
        code = (code << 6) | (run.charCodeAt(i++) & 63)
        read++
      }
      const least = more === 1 ? 0x80 : more === 2 ? 0x800 : 0x10000
      if (read < more || code < least || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) code = 0xfffd
    } else code = 0xfffd
    if (code >= 0x10000) units.push(0xd800 + ((code - 0x10000) >> 10), 0xdc00 + ((code - 0x10000) & 0x3ff))
    else units.push(code)
  }
  return units.map((unit) => String.fromCharCode(unit)).join('')
}

/** Malformed bytes become U+FFFD: what a host's files hold is never trusted to be text. */
export function decodeUtf8(bytes: Uint8Array): string {
  return latin1(bytes).replace(/[\x80-\xff]+/g, decodeRun)
}
