/** The errnos that the model answers with; as in errno(3), the same on x86-64 and arm64. */
export const EPERM = 1
export const ENOENT = 2
export const EBADF = 9
export const ENOMEM = 12
export const EACCES = 13
export const EBUSY = 16
export const EEXIST = 17
export const ENODEV = 19
export const ENOTDIR = 20
export const EISDIR = 21
export const EINVAL = 22
export const ENOSPC = 28
export const ELOOP = 40
