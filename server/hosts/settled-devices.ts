/**
 * Every device that is there, and whether what was last read of it still counts: on a host in quarantine, or of another
 * installation, a run may have changed it since.
 */
export const settledDevices = `(
  SELECT d.*, h.state NOT IN ('quarantined', 'foreign') AS settled
  FROM "Device" d JOIN "Host" h ON h.id = d."hostId" WHERE d.state <> 'gone') AS device`
