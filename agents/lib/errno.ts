/** Linux's errno numbers that sysfs and files answer with; the same on x86-64 and arm64. */
const NAMES: Record<number, string> = {
  1: 'EPERM',
  2: 'ENOENT',
  4: 'EINTR',
  5: 'EIO',
  6: 'ENXIO',
  7: 'E2BIG',
  9: 'EBADF',
  11: 'EAGAIN',
  12: 'ENOMEM',
  13: 'EACCES',
  14: 'EFAULT',
  16: 'EBUSY',
  17: 'EEXIST',
  18: 'EXDEV',
  19: 'ENODEV',
  20: 'ENOTDIR',
  21: 'EISDIR',
  22: 'EINVAL',
  23: 'ENFILE',
  24: 'EMFILE',
  26: 'ETXTBSY',
  27: 'EFBIG',
  28: 'ENOSPC',
  30: 'EROFS',
  32: 'EPIPE',
  34: 'ERANGE',
  36: 'ENAMETOOLONG',
  39: 'ENOTEMPTY',
  40: 'ELOOP',
  61: 'ENODATA',
  95: 'EOPNOTSUPP',
  110: 'ETIMEDOUT',
  122: 'EDQUOT',
  512: 'ERESTARTSYS',
}

export const ENOENT = 2
export const EEXIST = 17
export const ENOTDIR = 20
export const ENOSPC = 28

export function errnoName(errno: number): string {
  return errno === 0 ? 'ok' : (NAMES[errno] ?? `errno ${errno}`)
}

/** What an errno of a sysfs write means to the person who reads it. */
export function explainErrno(errno: number): string {
  switch (errno) {
    case 1:
      return 'the kernel does not permit it, even to root (a lockdown mode or a container may be the cause)'
    case 2:
      return 'the file does not exist on this kernel'
    case 6:
    case 19:
      return 'the kernel has no such device (any more)'
    case 12:
      return 'the kernel is short of memory for it'
    case 13:
      return 'access is denied; it takes root'
    case 16:
      return 'the kernel says that it is busy'
    case 22:
      return 'the kernel does not accept it for this device or block'
    case 30:
      return '/sys is mounted read-only here, as in a container'
    default:
      return `the kernel answered ${errnoName(errno)}`
  }
}
