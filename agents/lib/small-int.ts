/**
 * A number that QuickJS keeps as an integer. Its 2021-03-27 release hashes 33 and 33.0 differently (map_hash_key
 * multiplies one of them), so that a Map or Set holding the id read from a name misses the same id that came from
 * a BigInt. Every id that may meet a Map or Set goes through here.
 */
export function smallInt(value: bigint | string): number {
  const number = Number(value)
  const integer = number | 0
  return integer === number ? integer : number
}
