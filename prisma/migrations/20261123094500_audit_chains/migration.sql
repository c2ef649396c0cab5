-- Chains of audit entries: each transaction appends to one that no other holds (see docs/decisions/audit-chains.md).
CREATE TABLE "AuditChain" (
  "number" SERIAL NOT NULL,
  "keyId" TEXT NOT NULL,
  "links" BIGINT NOT NULL DEFAULT 0,
  "head" BYTEA NOT NULL DEFAULT decode(repeat('00', 32), 'hex'),
  CONSTRAINT "AuditChain_pkey" PRIMARY KEY ("number")
) WITH (fillfactor = 50);
ALTER TABLE "AuditChain" ADD CONSTRAINT "AuditChain_head" CHECK (octet_length("head") = 32 AND "links" >= 0);

ALTER TABLE "AuditEntry"
  ADD COLUMN "clientAddress" TEXT,
  ADD COLUMN "userAgent" TEXT,
  ADD COLUMN "tokenId" TEXT,
  ADD COLUMN "chain" INTEGER,
  ADD COLUMN "link" BIGINT,
  ADD COLUMN "previous" BYTEA,
  ADD COLUMN "mac" BYTEA;
-- Two writers can never continue from the same link.
CREATE UNIQUE INDEX "AuditEntry_chain_link_key" ON "AuditEntry" ("chain", "link");
CREATE INDEX "AuditEntry_at_idx" ON "AuditEntry" ("at");
CREATE INDEX "AuditEntry_actorId_id_idx" ON "AuditEntry" ("actorId", "id");
-- NOT VALID: entries from before are chained by the first worker that starts, since no key is known here.
ALTER TABLE "AuditEntry" ADD CONSTRAINT "AuditEntry_chained" CHECK (
  "chain" IS NOT NULL AND "link" >= 1 AND octet_length("previous") = 32 AND octet_length("mac") = 32) NOT VALID;

-- Putting an entry from before into a chain is the one change there may be.
CREATE OR REPLACE FUNCTION "refuse_audit_change"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' THEN
    IF OLD."chain" IS NULL AND NEW."chain" IS NOT NULL
      AND to_jsonb(OLD) - '{chain,link,previous,mac}'::text[] = to_jsonb(NEW) - '{chain,link,previous,mac}'::text[]
    THEN
      RETURN NEW;
    END IF;
  END IF;
  RAISE EXCEPTION 'The audit log is append-only.' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER "AuditEntry_no_truncate" BEFORE TRUNCATE ON "AuditEntry"
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_audit_change"();
