/** The steps of a conversion in the order they happen, and what each does, for those who watch it. */
export const STEP_WORDS: readonly { name: string; word: string; what: string }[] = [
  { name: 'contact', word: 'contact', what: 'reach the host and verify its key' },
  { name: 'lock', word: 'lock', what: "take the host's lock" },
  { name: 'preflight', word: 'preflight', what: 'read everything again and compare it with the plan' },
  { name: 'claim', word: 'claim', what: 'tell kmem the device is its own' },
  { name: 'unbind', word: 'unbind', what: 'take the device from device_dax' },
  { name: 'bind', word: 'bind', what: 'give it to kmem: its blocks appear' },
  { name: 'release', word: 'release', what: "take the id off kmem's list" },
  { name: 'online', word: 'online', what: 'bring the blocks online' },
  { name: 'verify', word: 'read back', what: 'read driver, blocks, zones and memory from the kernel' },
]

export function stepWord(name: string): string {
  return STEP_WORDS.find((step) => step.name === name)?.word ?? name
}
