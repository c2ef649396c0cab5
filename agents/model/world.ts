/** All that a modelled host does not decide by itself: injected, so that a simulation repeats to the letter. */
export interface ModelWorld {
  /** Milliseconds that only grow. */
  nowMs(): number
  /** Calls once so many milliseconds have passed; what it returns calls that off. */
  timer(ms: number, call: () => void): () => void
  randomHex(bytes: number): string
  /** SHA-256 in hex, where there is a faster one than the model's own. */
  sha256?: (text: string) => string
}

/** What stands before every call of the agent to its host. */
export interface HostCall {
  pid: number
  /** What ps shows: `agent`, `act`, `write`, `write-blocks`. */
  process: string
  /** The method of Host. */
  call: string
  path: string
}

/**
 * Called before each of them, and waited for. It may let time pass, end the process (then the call never happens), or
 * throw a HostError in place of the call.
 */
export type Hook = (call: HostCall) => Promise<void> | undefined

/** A write that the kernel was given, and what it said. */
export interface KernelWrite {
  pid: number
  process: string
  /** `kmem/new_id`, `device_dax/unbind`, `memory33/state` … */
  file: string
  value: string
  errno: number
}
