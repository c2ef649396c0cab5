-- What firmware says of a host's slowest memory, seen from the nearest processors: comparisons and filters ask for it.
ALTER TABLE "Host" ADD COLUMN "slowestReadMibs" INTEGER;
ALTER TABLE "Host" ADD COLUMN "longestReadNs" INTEGER;
UPDATE "Host" h SET "slowestReadMibs" = told.mibs, "longestReadNs" = told.ns
FROM (SELECT o.id, min((a->>'readBandwidthMibs')::numeric::int) AS mibs, max((a->>'readLatencyNs')::numeric::int) AS ns
      FROM "Host" o, jsonb_array_elements(o."inspection"->'nodes') n, jsonb_array_elements(n->'access') a
      GROUP BY o.id) told
WHERE told.id = h.id;
