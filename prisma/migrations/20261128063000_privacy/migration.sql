-- AlterTable
ALTER TABLE "PrivacyRequest" ADD COLUMN     "person" TEXT;

-- AlterTable
ALTER TABLE "Shop" ADD COLUMN     "unmappedAt" TIMESTAMPTZ(3);

-- Mappings may have gone before this was noted.
UPDATE "Shop" SET "unmappedAt" = now();

-- Of one person these say what Klaviyo predicts for them.
UPDATE "Sync" SET "distribution" = '{}', "moves" = '{}' WHERE "scope"->>'kind' = 'customer';
