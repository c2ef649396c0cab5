-- The host another is reached through: it cannot be removed while one is.
ALTER TABLE "Host" ADD COLUMN "jumpHostId" UUID;
CREATE INDEX "Host_jumpHostId_idx" ON "Host"("jumpHostId");
ALTER TABLE "Host" ADD CONSTRAINT "Host_jumpHostId_fkey" FOREIGN KEY ("jumpHostId") REFERENCES "Host"("id")
  ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "Host" ADD CONSTRAINT "Host_jump_is_another" CHECK ("jumpHostId" <> id);
