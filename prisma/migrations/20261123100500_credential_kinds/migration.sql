-- A credential may be the ssh-agent of Daxfleet's own machines: then there is nothing to keep sealed.
ALTER TABLE "Credential" ADD COLUMN "kind" TEXT NOT NULL DEFAULT 'key';
ALTER TABLE "Credential" ALTER COLUMN "ciphertext" DROP NOT NULL, ALTER COLUMN "iv" DROP NOT NULL,
  ALTER COLUMN "tag" DROP NOT NULL;
ALTER TABLE "Credential" ADD CONSTRAINT "Credential_kind" CHECK (
  ("kind" = 'key' AND "ciphertext" IS NOT NULL AND "iv" IS NOT NULL AND "tag" IS NOT NULL)
  OR ("kind" = 'agent' AND "ciphertext" IS NULL AND "iv" IS NULL AND "tag" IS NULL));
