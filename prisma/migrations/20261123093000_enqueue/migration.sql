-- Messages for workers, any number in one statement. The queue's own tables are a worker's to make: while there are
-- none, nothing is said, and the sweep finds what waits. (plpgsql looks the queue's function up when it is called.)
CREATE FUNCTION enqueue_tasks(task text, payloads text[], keys text[], after_ms float8) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
  IF to_regnamespace('graphile_worker') IS NULL THEN
    RETURN false;
  END IF;
  PERFORM graphile_worker.add_job(task, payload := message.payload::json, job_key := message.key,
      max_attempts := 1, run_at := clock_timestamp() + after_ms * interval '1 millisecond')
    FROM unnest(payloads, keys) AS message(payload, key);
  RETURN true;
END $$;

-- New lines of a job are an event of their own: who waits for changes of its row need not look at each.
ALTER TABLE "Event" DROP CONSTRAINT "Event_topic";
ALTER TABLE "Event" ADD CONSTRAINT "Event_topic"
  CHECK (topic IN ('host', 'job', 'journal', 'plan', 'fleet', 'rollout'));
