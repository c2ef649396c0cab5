-- An end of its own for what was given back. In a migration apart: a new value may be used only once it is committed.
ALTER TYPE "JobState" ADD VALUE 'restored' AFTER 'converted';
ALTER TYPE "RolloutItemState" ADD VALUE 'restored' AFTER 'converted';
