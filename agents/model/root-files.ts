import { DiskFolder, Inode, type Space } from './disk'
import type { ModelSpec } from './spec'

/** The root filesystem as installed: who the host is, its modules, its programs. All of it is on the disk. */
export function rootFiles(spec: ModelSpec, space: Space): DiskFolder {
  const root = new DiskFolder(0o755, 0)
  const folderAt = (parts: string[]): DiskFolder => {
    let here = root
    for (const part of parts) {
      const next = here.child(part)
      if (next instanceof DiskFolder) here = next
      else {
        const made = new DiskFolder(0o755, 0)
        here.set(part, made)
        here = made
      }
    }
    return here
  }
  const put = (path: string, text: string, mode = 0o644) => {
    const parts = path.split('/').filter((part) => part !== '')
    const name = parts.pop() ?? ''
    folderAt(parts).set(name, new Inode(text, mode, 0, space, true))
  }
  folderAt(['var', 'lib'])
  folderAt(['dev'])
  put('/etc/machine-id', `${spec.machineId}\n`)
  put('/etc/os-release', `PRETTY_NAME="${spec.osName}"\n`)
  const modules = `/lib/modules/${spec.kernelRelease}`
  if (spec.kmem === 'builtin') put(`${modules}/modules.builtin`, 'kernel/drivers/dax/kmem.ko\n')
  else if (spec.kmem !== 'missing') put(`${modules}/modules.dep`, 'kernel/drivers/dax/kmem.ko:\n')
  if (spec.kmem === 'blacklisted') put('/etc/modprobe.d/no-kmem.conf', 'blacklist kmem\n')
  put('/sbin/modprobe', '', 0o755)
  if (spec.healthTools) for (const name of ['ndctl', 'cxl']) put(`/usr/bin/${name}`, '', 0o755)
  if (spec.systemd) put('/usr/bin/systemd-run', '', 0o755)
  for (const [path, text] of Object.entries(spec.files))
    put(path, text, text.startsWith('#!') ? 0o755 : 0o644)
  root.sync()
  return root
}
