-- What comes online again is judged as what is converted: by the fleet's health policy of that moment.
ALTER TABLE "Plan" DROP CONSTRAINT "Plan_restore_unjudged";
ALTER TABLE "Plan" ADD CONSTRAINT "Plan_only_online_judged" CHECK (
  "healthPolicy" IS NULL OR "kind" IN ('convert', 'online'));
