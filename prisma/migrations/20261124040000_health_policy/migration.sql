-- What of a device's health speaks against its becoming RAM: one row for the whole fleet, of the rule of each fact.
CREATE TABLE "HealthPolicy" (
    "singleton" BOOLEAN NOT NULL DEFAULT true,
    "rules" JSONB NOT NULL,
    "changedBy" TEXT,
    "changedAt" TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "HealthPolicy_pkey" PRIMARY KEY ("singleton")
);
ALTER TABLE "HealthPolicy" ADD CONSTRAINT "HealthPolicy_singleton" CHECK ("singleton");
ALTER TABLE "HealthPolicy" ADD CONSTRAINT "HealthPolicy_rules" CHECK (jsonb_typeof("rules") = 'object');
-- Health states count from 0: ok, non-critical, critical, fatal. Dirty shutdowns are told and not judged: nothing lies on RAM.
INSERT INTO "HealthPolicy" ("rules") VALUES ('{
  "poison": {"warnAt": null, "blockAt": 1},
  "health_state": {"warnAt": 1, "blockAt": 2},
  "life_used": {"warnAt": 95, "blockAt": null},
  "spares": {"warnAt": 10, "blockAt": null},
  "alarms": {"warnAt": 1, "blockAt": null},
  "dirty_shutdowns": {"warnAt": null, "blockAt": null},
  "firmware_flags": {"warnAt": 1, "blockAt": null},
  "link_errors": {"warnAt": 1, "blockAt": null},
  "region_state": {"warnAt": 1, "blockAt": null},
  "unreadable": {"warnAt": 1, "blockAt": null}
}');

-- The policy a conversion was planned under: what the host's answer must be about.
ALTER TABLE "Plan" ADD COLUMN "healthPolicy" JSONB;
ALTER TABLE "Plan" ADD CONSTRAINT "Plan_restore_unjudged" CHECK ("healthPolicy" IS NULL OR "kind" = 'convert');

-- The worst of a device's facts by the policy as it is now; unknown until its host is read by an agent that tells them.
ALTER TABLE "Device" ADD COLUMN "healthState" TEXT NOT NULL DEFAULT 'unknown';
ALTER TABLE "Device" ADD CONSTRAINT "Device_health" CHECK ("healthState" IN ('unknown', 'ok', 'warn', 'block'));
CREATE INDEX "Device_healthState_idx" ON "Device"("hostId") WHERE "healthState" IN ('warn', 'block');
