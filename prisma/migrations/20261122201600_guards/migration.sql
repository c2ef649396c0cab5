-- What Prisma's schema language cannot say, and what must hold whatever the code does.
-- `prisma migrate dev` does not know these and offers to drop the partial indexes: never accept that.
-- test/integration/guards.test.ts reads each of them from pg_catalog and proves it by violating it.

-- One global sequence that only grows: a later holder of any host always has a higher epoch.
CREATE SEQUENCE "fencing_epoch" AS BIGINT MINVALUE 1 NO CYCLE;

-- At most one job holds a host: even two workers that both believe in their lease cannot get past this.
CREATE UNIQUE INDEX "Job_one_active_per_host" ON "Job" ("hostId")
  WHERE "state" IN ('dispatching', 'preflight', 'acting', 'verifying', 'unknown');

-- At most one job waits for or acts on a device: a second click is refused by the database, not by luck.
CREATE UNIQUE INDEX "Job_one_open_per_device" ON "Job" ("deviceId")
  WHERE "state" IN ('queued', 'dispatching', 'preflight', 'acting', 'verifying', 'unknown');

-- Every running row has an owner, an ended one has none.
ALTER TABLE "Job" ADD CONSTRAINT "Job_running_has_holder" CHECK (
  "state" NOT IN ('dispatching', 'preflight', 'acting', 'verifying') OR ("holder" IS NOT NULL AND "epoch" IS NOT NULL));
ALTER TABLE "Job" ADD CONSTRAINT "Job_resting_has_no_holder" CHECK (
  "state" IN ('dispatching', 'preflight', 'acting', 'verifying', 'unknown') OR ("holder" IS NULL AND "epoch" IS NULL));
ALTER TABLE "Job" ADD CONSTRAINT "Job_end_has_time" CHECK (
  ("endedAt" IS NOT NULL) = ("state" IN ('converted', 'already', 'partial', 'refused', 'failed', 'stranded', 'cancelled', 'lost')));
ALTER TABLE "Job" ADD CONSTRAINT "Job_unknown_has_time" CHECK ("state" <> 'unknown' OR "unknownSince" IS NOT NULL);
ALTER TABLE "Job" ADD CONSTRAINT "Job_acting_has_go" CHECK ("state" NOT IN ('acting', 'verifying') OR "goSentAt" IS NOT NULL);
ALTER TABLE "Job" ADD CONSTRAINT "Job_zone" CHECK ("zone" IN ('movable', 'kernel', 'policy'));
ALTER TABLE "Job" ADD CONSTRAINT "Job_digest" CHECK ("digest" ~ '^[0-9a-f]{64}$');
ALTER TABLE "Job" ADD CONSTRAINT "Job_bytes" CHECK (
  "predictedBytes" >= 0 AND "onlineBytesBefore" >= 0 AND "onlineBytesAfter" >= 0
  AND "memTotalBytesBefore" >= 0 AND "memTotalBytesAfter" >= 0 AND "attempts" >= 0);

ALTER TABLE "JobStep" ADD CONSTRAINT "JobStep_state" CHECK ("state" IN ('running', 'done', 'failed'));
ALTER TABLE "JobStep" ADD CONSTRAINT "JobStep_durationMs" CHECK ("durationMs" >= 0);
ALTER TABLE "JobLine" ADD CONSTRAINT "JobLine_number" CHECK ("number" >= 1);
ALTER TABLE "HostLease" ADD CONSTRAINT "HostLease_epoch" CHECK ("epoch" >= 1);

ALTER TABLE "Plan" ADD CONSTRAINT "Plan_zone" CHECK ("zone" IN ('movable', 'kernel', 'policy'));
ALTER TABLE "Plan" ADD CONSTRAINT "Plan_digest" CHECK ("digest" ~ '^[0-9a-f]{64}$');
ALTER TABLE "Plan" ADD CONSTRAINT "Plan_ready_has_result" CHECK ("state" <> 'ready' OR "result" IS NOT NULL);

-- Labels are one flat object of text: what the selector language can match.
ALTER TABLE "Host" ADD CONSTRAINT "Host_labels" CHECK (
  jsonb_typeof("labels") = 'object' AND NOT jsonb_path_exists("labels", '$.* ? (@.type() != "string")'));
ALTER TABLE "Host" ADD CONSTRAINT "Host_port" CHECK ("port" BETWEEN 1 AND 65535);
ALTER TABLE "Host" ADD CONSTRAINT "Host_bytes" CHECK (
  "blockSizeBytes" > 0 AND "memTotalBytes" >= 0 AND "memFreeBytes" >= 0);

ALTER TABLE "Device" ADD CONSTRAINT "Device_bytes" CHECK (
  "sizeBytes" >= 0 AND "alignBytes" >= 0 AND "onlineBytes" >= 0
  AND "usableBytes" >= 0 AND "lostBytes" >= 0 AND "memmapBytes" >= 0);
ALTER TABLE "Device" ADD CONSTRAINT "Device_blocks" CHECK ("onlineBlocks" >= 0 AND "totalBlocks" >= "onlineBlocks");

ALTER TABLE "Event" ADD CONSTRAINT "Event_topic" CHECK ("topic" IN ('host', 'job', 'plan', 'fleet'));
ALTER TABLE "AuditEntry" ADD CONSTRAINT "AuditEntry_actorKind" CHECK ("actorKind" IN ('user', 'worker', 'system'));

-- The audit log is written once and never changed.
CREATE FUNCTION "refuse_audit_change"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'The audit log is append-only.' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER "AuditEntry_append_only" BEFORE UPDATE OR DELETE ON "AuditEntry"
  FOR EACH ROW EXECUTE FUNCTION "refuse_audit_change"();

-- One row each, there from the start: code that reads them never has to ask whether they exist.
ALTER TABLE "Installation" ADD CONSTRAINT "Installation_singleton" CHECK ("singleton");
ALTER TABLE "FleetStop" ADD CONSTRAINT "FleetStop_singleton" CHECK ("singleton");
INSERT INTO "Installation" ("singleton", "id") VALUES (true, gen_random_uuid());
INSERT INTO "FleetStop" ("singleton") VALUES (true);
