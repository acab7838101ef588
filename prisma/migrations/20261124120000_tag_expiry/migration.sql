-- AlterEnum
ALTER TYPE "UpkeepKind" ADD VALUE 'tags_expired';

-- AlterTable
ALTER TABLE "TagGrant" ADD COLUMN     "expiresAt" TIMESTAMPTZ(3);

-- CreateIndex
CREATE INDEX "TagGrant_shopId_expiresAt_idx" ON "TagGrant"("shopId", "expiresAt");
