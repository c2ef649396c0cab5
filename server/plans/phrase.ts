/** What an approver types: it names the device and the host, so that no reflex can approve the wrong one. */
export function approvalPhrase(daxName: string, hostName: string): string {
  return `convert ${daxName} on ${hostName}`
}
