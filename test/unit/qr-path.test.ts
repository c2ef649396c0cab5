import encodeQR from 'qr'
import decodeQR from 'qr/decode.js'
import { expect, it } from 'vitest'
import { pathOfModules } from '@/app/_lib/qr-path'

/** What a camera sees of a path: white, and black where a rectangle of it lies; so many pixels a unit. */
function photograph(path: string, units: number, scale: number) {
  const size = units * scale
  const data = new Uint8Array(size * size * 4).fill(255)
  for (const [, x = '', y = '', length = ''] of path.matchAll(/M(\d+) (\d+)h(\d+)v1h-\d+z/g)) {
    for (let row = Number(y) * scale; row < (Number(y) + 1) * scale; row++)
      for (let column = Number(x) * scale; column < (Number(x) + Number(length)) * scale; column++)
        data.fill(0, (row * size + column) * 4, (row * size + column) * 4 + 3)
  }
  return { width: size, height: size, data }
}

it.each([
  'otpauth://totp/Daxfleet:ada%40example.test?secret=JBSWY3DPEHPK3PXP&issuer=Daxfleet&digits=6&period=30',
  'a',
  'x'.repeat(400),
])('what is drawn of %s is read by a camera', (text) => {
  const modules = encodeQR(text, 'raw', { ecc: 'medium', border: 4 })
  expect(decodeQR(photograph(pathOfModules(modules), modules.length, 4))).toBe(text)
})
