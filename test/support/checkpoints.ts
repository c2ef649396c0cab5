import pg from 'pg'
import { waitFor } from '@/scripts/launch/wait'

/** Any number that nothing else in a test's database locks. */
const LOCK = 77_013

/**
 * Every committed change of a job's state and every journal line is a point. A commit of the point that is armed waits
 * until it is let go: at that moment its worker knows nothing of it yet, whether it then stands or not.
 */
const INSTALL = `
  CREATE TABLE IF NOT EXISTS test_point (seq bigserial, job uuid, point text);
  CREATE TABLE IF NOT EXISTS test_armed (point text);
  CREATE OR REPLACE FUNCTION test_pass(job uuid, point text) RETURNS void LANGUAGE plpgsql AS $$
  BEGIN
    INSERT INTO test_point (job, point) VALUES (test_pass.job, test_pass.point);
    IF EXISTS (SELECT 1 FROM test_armed a WHERE a.point = test_pass.point) THEN
      PERFORM pg_advisory_xact_lock(${LOCK});
    END IF;
  END $$;
  CREATE OR REPLACE FUNCTION test_on_job() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    IF NEW.state IS DISTINCT FROM OLD.state THEN PERFORM test_pass(NEW.id, 'state ' || NEW.state); END IF;
    RETURN NULL;
  END $$;
  CREATE OR REPLACE FUNCTION test_on_line() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    PERFORM test_pass(NEW."jobId", concat_ws(' ', 'line', NEW.number, NEW.line->>'kind', NEW.line->>'step'));
    RETURN NULL;
  END $$;
  DROP TRIGGER IF EXISTS test_job ON "Job";
  DROP TRIGGER IF EXISTS test_line ON "JobLine";
  CREATE CONSTRAINT TRIGGER test_job AFTER UPDATE ON "Job"
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION test_on_job();
  CREATE CONSTRAINT TRIGGER test_line AFTER INSERT ON "JobLine"
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION test_on_line()`

export class Checkpoints {
  private constructor(private readonly client: pg.Client) {}

  /** In a database of the test's own. */
  static async install(databaseUrl: string): Promise<Checkpoints> {
    const client = new pg.Client({ connectionString: databaseUrl })
    client.on('error', () => {})
    await client.connect()
    await client.query(INSTALL)
    return new Checkpoints(client)
  }

  /** The points a job has passed, in order, each once. */
  async passed(jobId: string): Promise<string[]> {
    const { rows } = await this.client.query<{ point: string }>(
      'SELECT point FROM test_point WHERE job = $1 GROUP BY point ORDER BY min(seq)',
      [jobId],
    )
    return rows.map(({ point }) => point)
  }

  /** Arms a point of whatever job comes next. */
  async arm(point: string): Promise<void> {
    await this.client.query('SELECT pg_advisory_lock($1)', [LOCK])
    await this.client.query('INSERT INTO test_armed VALUES ($1)', [point])
  }

  /** Nothing waits any more. */
  async disarm(): Promise<void> {
    await this.client.query('DELETE FROM test_armed')
  }

  /** Waits until a commit waits at the armed point. False when that did not come within the time. */
  async reached(withinMs = 120_000): Promise<boolean> {
    const waiting = await waitFor(async () => ((await this.waiters()).length > 0 ? true : undefined), {
      withinMs,
      everyMs: 10,
    })
    return waiting === true
  }

  /** Lets the commit that waits go on, or takes it back as if the connection had broken just before. */
  async letGo(fate: 'committed' | 'rolled back'): Promise<void> {
    await this.disarm()
    if (fate === 'rolled back') {
      for (const pid of await this.waiters())
        await this.client.query('SELECT pg_terminate_backend($1)', [pid])
    }
    await this.client.query('SELECT pg_advisory_unlock($1)', [LOCK])
  }

  private async waiters(): Promise<number[]> {
    const { rows } = await this.client.query<{ pid: number }>(
      `SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objid = $1 AND NOT granted
         AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
      [LOCK],
    )
    return rows.map(({ pid }) => pid)
  }

  /** Also where the connection is broken already. */
  async close(): Promise<void> {
    await this.client.end().catch(() => {})
  }
}
