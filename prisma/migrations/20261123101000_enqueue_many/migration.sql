-- `add_jobs` takes messages together: `add_job` for each of ten thousand, as an import makes them, takes seconds. In the order
-- of their keys, so that two who add the same ones wait for each other instead of standing in each other's way; of two
-- messages with one key the later counts.
CREATE OR REPLACE FUNCTION enqueue_tasks(task text, payloads text[], keys text[], after_ms float8) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
  IF to_regnamespace('graphile_worker') IS NULL THEN
    RETURN false;
  END IF;
  PERFORM graphile_worker.add_jobs(ARRAY(
    SELECT ROW(task, last.payload::json, NULL, clock_timestamp() + after_ms * interval '1 millisecond', 1::smallint,
        last.key, NULL, NULL)::graphile_worker.job_spec
      FROM (SELECT DISTINCT ON (coalesce(message.key, message.at::text)) message.payload, message.key
          FROM unnest(payloads, keys) WITH ORDINALITY AS message(payload, key, at)
          ORDER BY coalesce(message.key, message.at::text), message.at DESC) AS last));
  RETURN true;
END $$;
