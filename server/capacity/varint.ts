/** Whole numbers from 0 to below 2^53, seven bits a byte, lowest first: small ones take one byte. Grows as needed. */
export class ByteWriter {
  private buffer = Buffer.allocUnsafe(256)
  private length = 0

  varint(value: number): void {
    if (this.length + 8 > this.buffer.length) this.grow()
    let rest = value
    // Bit operations only know 32 bits: what is above is taken off by division.
    while (rest >= 0x10000000) {
      this.buffer[this.length++] = (rest % 128) | 128
      rest = Math.floor(rest / 128)
    }
    while (rest > 127) {
      this.buffer[this.length++] = (rest & 127) | 128
      rest >>>= 7
    }
    this.buffer[this.length++] = rest
  }

  append(bytes: Buffer): void {
    while (this.length + bytes.length > this.buffer.length) this.grow()
    bytes.copy(this.buffer, this.length)
    this.length += bytes.length
  }

  bytes(): Buffer {
    return Buffer.from(this.buffer.subarray(0, this.length))
  }

  private grow(): void {
    const larger = Buffer.allocUnsafe(this.buffer.length * 2)
    this.buffer.copy(larger, 0, 0, this.length)
    this.buffer = larger
  }
}

/** Reads what a ByteWriter wrote. Throws RangeError where the bytes end in the middle of a number. */
export class ByteReader {
  constructor(
    private readonly buffer: Uint8Array,
    public offset = 0,
  ) {}

  get ended(): boolean {
    return this.offset >= this.buffer.length
  }

  varint(): number {
    let value = 0
    let unit = 1
    for (;;) {
      const byte = this.buffer[this.offset++]
      if (byte === undefined) throw new RangeError('the bytes end in the middle of a number')
      value += (byte & 127) * unit
      if (byte < 128) return value
      unit *= 128
    }
  }
}

/** Small numbers of either sign as small numbers: 0, -1, 1, -2, … become 0, 1, 2, 3, … */
export const zigzag = (value: number): number => (value < 0 ? -2 * value - 1 : 2 * value)
export const unzigzag = (value: number): number => (value % 2 === 0 ? value / 2 : -(value + 1) / 2)
