import type { CxlSpec } from './spec'

const WINDOW = '4G'
/** Numbers of PCI buses: one for a host bridge, the next for what is behind its root ports. */
const FIRST_BUS = 12
const BUSES_A_BRIDGE = 16

/** CXL as QEMU has it: host bridges, below them a root port and a memory device each, and the windows onto them. */
export function cxlDevices({ memdevs, windows }: CxlSpec): string[] {
  if (memdevs.length === 0) return []
  const bridges = [...new Set([...memdevs.map(({ bridge = 0 }) => bridge), ...windows])]
  const targets = windows.map((bridge, window) =>
    [`cxl-fmw.${window}.targets.0=cxl.${bridge}`, `cxl-fmw.${window}.size=${WINDOW}`].join(','),
  )
  return [
    ...bridges.flatMap((bridge) => {
      const bus = FIRST_BUS + bridge * BUSES_A_BRIDGE
      return ['-device', `pxb-cxl,bus_nr=${bus},bus=pcie.0,id=cxl.${bridge}`]
    }),
    ...memdevs.flatMap(({ sizeMib, serial, bridge = 0 }, n) => [
      ...['-object', `memory-backend-ram,id=cxl-ram${n},size=${sizeMib}M,share=on`],
      ...['-device', `cxl-rp,port=${n},bus=cxl.${bridge},id=rp${n},chassis=0,slot=${n + 2}`],
      ...['-device', `cxl-type3,bus=rp${n},volatile-memdev=cxl-ram${n},id=cxl-mem${n},sn=${serial}`],
    ]),
    ...['-M', targets.join(',')],
  ]
}

/** The regions as the guest's start reads them: a root decoder and serial numbers a line. */
export function regionLines({ regions }: CxlSpec): string {
  return regions.map(({ window, serials }) => `decoder0.${window} ${serials.join(' ')}\n`).join('')
}
