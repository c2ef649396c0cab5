import type { ModelMachine } from './machine'
import { daxBusFolder, daxTrees } from './sys-dax'
import { memoryFolder, nodesFolder } from './sys-memory'
import { byKindTrees, numaFolder, tieringFolder } from './sys-tiering'
import { type FolderNode, fixed, folder, nested } from './tree'
import type { KernelWrite } from './world'

/** /sys */
export function sysFolder(
  { spec, memory, figures, bus }: ModelMachine,
  onWrite: (write: Pick<KernelWrite, 'file' | 'value' | 'errno'>) => void,
): FolderNode {
  const trees = daxTrees(spec, bus, (file, value, errno) => onWrite({ file, value, errno }))
  const byKind = byKindTrees(spec)
  return folder({
    bus: folder({
      dax: daxBusFolder(bus, byKind.daxDrivers, (file, value, errno) => onWrite({ file, value, errno })),
      nd: folder({ devices: folder(trees.nd) }),
      cxl: folder({ devices: folder(trees.cxl), drivers: folder(byKind.cxlDrivers) }),
      platform: folder({ devices: folder(byKind.platform) }),
    }),
    class: folder({
      block: folder(trees.blocks),
      dmi: folder({
        id: folder({
          product_uuid: fixed(spec.dmiUuid, 0o400),
          sys_vendor: fixed(spec.vendor),
          product_name: fixed(spec.product),
        }),
      }),
    }),
    devices: nested({
      ...trees.devices,
      'system/memory': memoryFolder(spec, memory, (id, value, errno) =>
        onWrite({ file: `memory${id}/state`, value: value.trim(), errno }),
      ),
      'system/node': nodesFolder(spec, memory, figures),
      'virtual/memory_tiering': tieringFolder(spec, memory),
    }),
    fs: folder({ cgroup: folder({}) }),
    kernel: nested({ 'mm/numa': numaFolder(spec) }),
    module: nested({
      'memory_hotplug/parameters/memmap_on_memory': fixed(
        spec.devices.some(({ memmapOnMemory }) => memmapOnMemory) ? 'Y' : 'N',
      ),
    }),
  })
}
