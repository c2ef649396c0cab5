-- The fleet's floor is weighed at each start: what ended a moment ago is to be found without looking through all jobs.
CREATE INDEX "Job_given_back_idx" ON "Job" ("endedAt") WHERE "kind" IN ('restore', 'offline') AND "endedAt" IS NOT NULL;
