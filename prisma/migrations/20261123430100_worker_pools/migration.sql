-- Workers may be told to serve only hosts with certain labels. Such a pool is remembered while none of its workers runs:
-- nobody else reaches those hosts. Every host belongs to one pool: the first whose conditions its labels meet, in the order
-- of their texts, or to everybody's, which is ''.
CREATE TABLE "WorkerPool" (
  "selector" TEXT NOT NULL,
  -- [{"key":"site","value":"berlin","negated":false}]; value null: the label is there at all. All must hold.
  "conditions" JSONB NOT NULL,
  "createdAt" TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "WorkerPool_pkey" PRIMARY KEY ("selector"),
  CONSTRAINT "WorkerPool_selector" CHECK ("selector" <> '')
);
ALTER TABLE "WorkerHeartbeat" ADD COLUMN "pool" TEXT NOT NULL DEFAULT '';
ALTER TABLE "Watcher" ADD COLUMN "pool" TEXT NOT NULL DEFAULT '';

CREATE FUNCTION labels_meet(labels jsonb, conditions jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
  SELECT coalesce(bool_and((
      CASE WHEN asked->>'value' IS NULL THEN labels ? (asked->>'key')
        ELSE coalesce(labels->>(asked->>'key') = asked->>'value', false) END
    ) <> (asked->>'negated')::boolean), true)
  FROM jsonb_array_elements(conditions) AS asked
$$;

CREATE FUNCTION pool_of(labels jsonb) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT coalesce((SELECT p.selector FROM "WorkerPool" p WHERE labels_meet(labels, p.conditions)
    ORDER BY p.selector COLLATE "C" LIMIT 1), '')
$$;

-- A worker writes its row every five seconds. Whatever runs for everybody counts as served where no pool is known: a fleet
-- without pools says by itself when nothing runs.
CREATE FUNCTION pool_is_served(pool text) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT 1 FROM "WorkerHeartbeat" w
      WHERE w.pool = pool_is_served.pool AND w."seenAt" > clock_timestamp() - interval '30 seconds')
    OR (pool_is_served.pool = '' AND NOT EXISTS (SELECT 1 FROM "WorkerPool"))
$$;

-- The pool a message is for; null where any worker may take it.
CREATE FUNCTION pool_of_message(task text, payload jsonb) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT CASE task
    WHEN 'probe-host' THEN (SELECT pool_of(h.labels) FROM "Host" h WHERE h.id = (payload->>'hostId')::uuid)
    WHEN 'plan-device' THEN (SELECT pool_of(h.labels) FROM "Plan" p JOIN "Host" h ON h.id = p."hostId"
      WHERE p.id = (payload->>'planId')::uuid)
    WHEN 'run-job' THEN (SELECT pool_of(h.labels) FROM "Job" j JOIN "Host" h ON h.id = j."hostId"
      WHERE j.id = (payload->>'jobId')::uuid)
  END
$$;

-- As before, each message marked with its pool: workers refuse what carries another's mark.
CREATE OR REPLACE FUNCTION enqueue_tasks(task text, payloads text[], keys text[], after_ms float8) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
  IF to_regnamespace('graphile_worker') IS NULL THEN
    RETURN false;
  END IF;
  PERFORM graphile_worker.add_jobs(ARRAY(
    SELECT ROW(task, last.payload::json, NULL, clock_timestamp() + after_ms * interval '1 millisecond', 1::smallint,
        last.key, NULL, CASE WHEN last.pool IS NOT NULL THEN ARRAY['pool:' || last.pool] END)::graphile_worker.job_spec
      FROM (SELECT DISTINCT ON (coalesce(message.key, message.at::text)) message.payload, message.key,
            pool_of_message(task, message.payload::jsonb) AS pool
          FROM unnest(payloads, keys) WITH ORDINALITY AS message(payload, key, at)
          ORDER BY coalesce(message.key, message.at::text), message.at DESC) AS last));
  RETURN true;
END $$;
