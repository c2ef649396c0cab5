/** From the least to the most: each may do all that those before it may. */
export const roles = ['viewer', 'operator', 'approver', 'admin'] as const
export type Role = (typeof roles)[number]

/** What the role of the same place is for; what the table of permissions asks for. */
export const rights = ['view', 'operate', 'approve', 'administer'] as const
export type Right = (typeof rights)[number]

/** What each role adds to the one before, as a person chooses it. */
export const roleMeanings: Readonly<Record<Role, string>> = {
  viewer: 'Reads everything, changes nothing.',
  operator: 'Adds and probes hosts, plans, keeps rollouts going, pulls the fleet-wide stop.',
  approver: 'Approves conversions and rollouts.',
  admin: 'Keys, people, settings; adopts hosts; releases the fleet-wide stop.',
}

export function rightOf(role: Role): Right {
  return rights[roles.indexOf(role)] ?? 'view'
}

export function roleFor(right: Right): Role {
  return roles[rights.indexOf(right)] ?? 'admin'
}

/** Whether one right contains another. */
export function covers(held: Right, needed: Right): boolean {
  return rights.indexOf(held) >= rights.indexOf(needed)
}
