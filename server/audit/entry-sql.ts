/**
 * Columns of "AuditEntry" as `a`, as its code was made of them; `at` to the microsecond, whatever a driver makes of
 * times. Order by `a.id` and `a.link`, not by the texts here.
 */
export const entryColumns = `a.id::text, to_char(a.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at,
  a."actorKind", a."actorId", a.action, a."subjectKind", a."subjectId", a.detail, a."clientAddress", a."userAgent",
  a."tokenId", a.chain, a.link::text`
