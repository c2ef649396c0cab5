import * as os from 'os'
import { encodeUtf8 } from '../lib/utf8'

/** One open(O_WRONLY) and one write(2); the errno, 0 on success. */
export function writeOnce(path: string, value: string): number {
  const fd = os.open(path, os.O_WRONLY)
  if (fd < 0) return -fd
  const text = encodeUtf8(value)
  const result = os.write(fd, text.buffer as ArrayBuffer, text.byteOffset, text.length)
  os.close(fd)
  return result < 0 ? -result : 0
}
