-- What a host's standing is derived from: few rows of many, and without these each host looks through its own.
CREATE INDEX "Device_troubled_idx" ON "Device" ("hostId") WHERE "state" IN ('partial', 'unbound', 'stranded');
CREATE INDEX "Job_open_idx" ON "Job" ("hostId") WHERE "endedAt" IS NULL;
