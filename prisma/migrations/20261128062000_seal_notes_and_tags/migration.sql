-- Notes, reasons and granted tags lay here in the clear, with what filled the templates of tags. SQL
-- can't seal, so they are dropped: the app has no users yet. Tags granted so far stay on their
-- customers and are no longer the app's to take off.
UPDATE "Step" SET "note" = NULL, "reason" = NULL;
UPDATE "Run" SET "reason" = NULL;
DELETE FROM "TagGrant";

-- AlterTable
ALTER TABLE "TagGrant" DROP CONSTRAINT "TagGrant_pkey",
DROP COLUMN "tagKey",
ADD COLUMN     "id" UUID NOT NULL,
ADD CONSTRAINT "TagGrant_pkey" PRIMARY KEY ("id");

-- CreateIndex
CREATE INDEX "TagGrant_shopId_customerGid_idx" ON "TagGrant"("shopId", "customerGid");
