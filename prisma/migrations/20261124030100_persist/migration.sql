-- A device comes back in a zone after each restart; that it does so no more has none.
ALTER TABLE "Plan" DROP CONSTRAINT "Plan_kind";
ALTER TABLE "Plan" ADD CONSTRAINT "Plan_kind" CHECK (
  ("kind" IN ('convert', 'online', 'persist') AND "zone" IS NOT NULL AND num_nonnulls("onPartial", "floorBytes") = 0)
  OR ("kind" IN ('restore', 'offline') AND "zone" IS NULL AND num_nonnulls("onPartial", "floorBytes") = 2
    AND "onPartial" IN ('roll_back', 'leave') AND "floorBytes" >= 0)
  OR ("kind" = 'unpersist' AND num_nonnulls("zone", "onPartial", "floorBytes") = 0));
ALTER TABLE "Job" DROP CONSTRAINT "Job_kind";
ALTER TABLE "Job" ADD CONSTRAINT "Job_kind" CHECK (
  ("kind" IN ('restore', 'offline', 'unpersist')) = ("zone" IS NULL));

ALTER TABLE "Job" DROP CONSTRAINT "Job_end_has_time";
ALTER TABLE "Job" ADD CONSTRAINT "Job_end_has_time" CHECK (
  ("endedAt" IS NOT NULL) = ("state" IN ('converted', 'restored', 'persisted', 'unpersisted', 'already', 'partial',
    'refused', 'failed', 'stranded', 'cancelled', 'lost')));
ALTER TABLE "Job" ADD CONSTRAINT "Job_persisted_is_a_persist" CHECK ("state" <> 'persisted' OR "kind" = 'persist');
ALTER TABLE "Job" ADD CONSTRAINT "Job_unpersisted_is_an_unpersist" CHECK ("state" <> 'unpersisted' OR "kind" = 'unpersist');
