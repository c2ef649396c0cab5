import type { CxlSpec } from './spec'

const WINDOW = '4G'

/** CXL as QEMU has it: one host bridge, below it a root port and a memory device each, and the windows onto them. */
export function cxlDevices({ memdevs, windows }: CxlSpec): string[] {
  if (memdevs.length === 0) return []
  const targets = Array.from({ length: windows }, (_, window) =>
    [`cxl-fmw.${window}.targets.0=cxl.1`, `cxl-fmw.${window}.size=${WINDOW}`].join(','),
  )
  return [
    ...['-device', 'pxb-cxl,bus_nr=12,bus=pcie.0,id=cxl.1'],
    ...memdevs.flatMap(({ sizeMib, serial }, n) => [
      ...['-object', `memory-backend-ram,id=cxl-ram${n},size=${sizeMib}M,share=on`],
      ...['-device', `cxl-rp,port=${n},bus=cxl.1,id=rp${n},chassis=0,slot=${n + 2}`],
      ...['-device', `cxl-type3,bus=rp${n},volatile-memdev=cxl-ram${n},id=cxl-mem${n},sn=${serial}`],
    ]),
    ...['-M', targets.join(',')],
  ]
}

/** The regions as the guest's start reads them: a root decoder and serial numbers a line. */
export function regionLines({ regions }: CxlSpec): string {
  return regions.map(({ window, serials }) => `decoder0.${window} ${serials.join(' ')}\n`).join('')
}
